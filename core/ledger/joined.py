"""The verifier of evidence as one file: the ledger's verifier put where the other one names it."""

from pathlib import Path

from core.ledger import standalone

NAME = "verify_pack.py"
_FOLDER = Path(standalone.__file__).parent
_FROM, _TO = "# joined from here", "# joined to here\n"
_MAIN = "\ndef main("


def joined() -> str:
    """Return the program that checks a ZIP of evidence: one file, Python's own modules alone.

    Both parts are the very files that are tested; only their second heads and their commands differ.
    """
    pack = (_FOLDER / NAME).read_text(encoding="utf-8")
    ledger = (_FOLDER / "verify_ledger.py").read_text(encoding="utf-8")
    head, _, rest = pack.partition(_FROM)
    _, _, tail = rest.partition(_TO)
    body = ledger.split('"""', 2)[2].partition(_MAIN)[0]
    return f"{head}{body.lstrip()}\n{tail}"
