"""Gates as JUnit XML, which CI systems show beside tests."""

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from core.candidate import Standing
from core.domain import Status

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(standing: Standing) -> str:
    """Return one test suite with a case a gate.

    A gate that fails is a failure, one without its fact an error where it blocks and skipped where not, one
    that is waived skipped; the sentence is the message.

    Source: the Apache Ant JUnit report format, as Jenkins, GitLab and GitHub's reporters read it.
    """
    name = f"{standing.model} {standing.version}"
    failed = [gate for gate in standing.gates if gate.blocks and gate.status == Status.FAIL]
    unknown = [gate for gate in standing.gates if gate.blocks and gate.status != Status.FAIL]
    skipped = [gate for gate in standing.gates if not gate.blocks and gate.status != Status.PASS]
    suite = Element(
        "testsuite",
        name=f"trimtab gates of {name}",
        tests=str(len(standing.gates)),
        failures=str(len(failed)),
        errors=str(len(unknown)),
        skipped=str(len(skipped)),
    )
    for number, gate in enumerate(standing.gates, start=1):
        named = {"classname": f"trimtab.{standing.model}", "name": f"{number}. {gate.rule}"}
        case = SubElement(suite, "testcase", named)
        if gate in failed:
            SubElement(case, "failure", message=gate.sentence, type=gate.status)
        elif gate in unknown:
            SubElement(case, "error", message=gate.sentence, type=gate.status)
        elif gate in skipped:
            SubElement(case, "skipped", message=gate.sentence)
        else:
            SubElement(case, "system-out").text = gate.sentence
    indent(suite)
    text = tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
    # What a model raises, or somebody gives as a reason, may hold characters that no XML document may.
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
