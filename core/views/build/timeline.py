"""Ledger entries as sentences: what was decided or seen, for people."""

import json
from collections.abc import Callable, Mapping, Sequence

from core.action import shown_version
from core.chain.canonical import Json
from core.chain.entries import Entry, Record
from core.views.activity import Event

Facts = Mapping[str, Json]

# Steps of one action: its request and its end are news, what lies between is its own page's.
_UNTOLD = frozenset(
    {
        "action.moved",
        "action.deployed",
        "action.unconfirmed",
        "prune_begun",
        "erase_begun",
        "backup_begun",
        "review.carried",
    }
)


def events(records: Sequence[Record]) -> list[Event]:
    """Return what records tell, in their order; steps in between are left out."""
    return [_event(record) for record in records if record.entry.kind not in _UNTOLD]


def _event(record: Record) -> Event:
    entry = record.entry
    return Event(
        seq=entry.seq,
        at=entry.recorded_at,
        kind=entry.kind,
        actor=entry.actor,
        model=None if entry.model is None else entry.model.rpartition("/")[2],
        sentence=_sentence(entry, record),
    )


def _sentence(entry: Entry, record: Record) -> str:
    tell = _SENTENCES.get(entry.kind)
    if tell is None:
        return f"{entry.kind.replace('_', ' ').replace('.', ' ').capitalize()}."
    return tell(entry.facts, _words(record))


def _words(record: Record) -> Mapping[str, str]:
    """Return the private part's texts; empty where there is none or it was erased."""
    if record.private is None:
        return {}
    told = json.loads(record.private.content)
    return {name: text for name, text in told.items() if isinstance(text, str)}


def _asked(facts: Facts, words: Mapping[str, str]) -> str:
    reason = f": {words['reason']}" if "reason" in words else ""
    if facts["kind"] == "retire":
        return f"Retire, {_version(facts['from'])} as champion until now{reason}."
    verb = "Promote" if facts["kind"] == "promote" else "Roll back"
    return f"{verb} from {_version(facts['from'])} to {_version(facts['to'])}{reason}."


def _waiting(facts: Facts, words: Mapping[str, str]) -> str:
    return f"{_asked(facts, words)} It waits for approval."


def _approved(facts: Facts, words: Mapping[str, str]) -> str:
    reason = f": {words['reason']}" if "reason" in words else ""
    return f"{_asked(facts, {}).removesuffix('.')} was approved{reason}."


def _said_why(facts: Facts, words: Mapping[str, str]) -> str:
    return f"{facts['sentence']}" + (f" {words['reason']}." if "reason" in words else "")


def _said(facts: Facts, _: Mapping[str, str]) -> str:
    return str(facts["sentence"])


def _external(facts: Facts, _: Mapping[str, str]) -> str:
    return (
        f"'{facts['alias']}' was moved past Trimtab from {_version(facts['from'])}"
        f" to {_version(facts['to'])}, by whom is unknown."
    )


def _initial(facts: Facts, _: Mapping[str, str]) -> str:
    return f"'{facts['alias']}' was first seen on {_version(facts['to'])}."


def _incident(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    def tell(facts: Facts, words: Mapping[str, str]) -> str:
        until = f" until {facts['until']}" if "until" in facts else ""
        cause = f": {words['cause']}" if "cause" in words else ""
        return f"Incident {facts['incident']} ({facts['rule']}) {what}{until}{cause}."

    return tell


def _maintenance(facts: Facts, words: Mapping[str, str]) -> str:
    reason = f": {words['reason']}" if "reason" in words else ""
    return f"Maintenance from {facts['from']} until {facts['until']}, nobody is called{reason}."


def _evidence(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, _words: f"Evidence {facts['pack']}/{facts['item']} {what}."


def _pack(facts: Facts, _: Mapping[str, str]) -> str:
    return f"The rule pack {facts['pack']} asks for something else: {facts['from']} became {facts['to']}."


def _of_version(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, _words: f"Version {facts['version']} {what}."


def _finding(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    def tell(facts: Facts, words: Mapping[str, str]) -> str:
        title = f": {words['title'].rstrip('.')}" if "title" in words else ""
        reason = f". {words['reason'].rstrip('.')}" if "reason" in words else ""
        return f"A finding ({facts['severity']}) about {_version(facts['version'])} {what}{title}{reason}."

    return tell


def _waived(facts: Facts, words: Mapping[str, str]) -> str:
    reason = f": {words['reason'].rstrip('.')}" if "reason" in words else ""
    gate = str(facts["gate"]).replace("_", " ")
    return f"The gate '{gate}' was waived for {_version(facts['version'])} until {facts['until']}{reason}."


def _inventory(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, _words: f"{facts['name']} was {what} of models elsewhere."


def _trained(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, _words: f"Version {facts['to']} {what}."


def _plain(text: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda _facts, _words: text


def _decided(facts: Facts, words: Mapping[str, str]) -> str:
    reason = f": {words['reason']}" if "reason" in words else ""
    what = str(facts["choice"]).replace("_", " ")
    return f"In a review, {what} was decided about {facts['about']} {facts['subject']}{reason}."


def _reviewed(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, words: f"{words.get('title', 'A review')} {what}, {facts['items']} items."


def _session(facts: Facts, _: Mapping[str, str]) -> str:
    return f"The session of {facts['person']} was ended."


def _token(what: str) -> Callable[[Facts, Mapping[str, str]], str]:
    return lambda facts, _words: f"The token '{facts['token']}' {what}."


def _version(value: Json) -> str:
    return shown_version(None if value is None else str(value))


_SENTENCES: Mapping[str, Callable[[Facts, Mapping[str, str]], str]] = {
    "action.asked": _asked,
    "action.waiting": _waiting,
    "action.refused": _said,
    "action.done": _said,
    "action.failed": _said,
    "action.undone": _said,
    "action.overtaken": _said,
    "approval.given": _approved,
    "approval.rejected": _said_why,
    "approval.expired": _said,
    "approval.void": _said,
    "pointer.external": _external,
    "pointer.initial": _initial,
    "incident_acknowledged": _incident("is looked after"),
    "incident_snoozed": _incident("was put aside"),
    "incident_resolved": _incident("was resolved"),
    "maintenance_planned": _maintenance,
    "maintenance_ended": _plain("Maintenance ended: people are called again."),
    "version.registered": _of_version("was registered"),
    "validation.made": _of_version("was validated"),
    "validation.due": _of_version("must be validated anew"),
    "explanation.kept": _of_version("gave an explanation that is kept"),
    "finding.opened": _finding("was opened"),
    "finding.closed": _finding("was closed"),
    "gate.waived": _waived,
    "inventory.added": _inventory("added to the inventory"),
    "inventory.removed": _inventory("taken out of the inventory"),
    "retrain.registered": _trained("was trained and registered"),
    "retrain.challenger": _trained("became challenger"),
    "retrain.refused": _said,
    "retrain.done": _said,
    "retrain.failed": _said,
    "evidence.filled": _evidence("was written"),
    "evidence.accepted": _evidence("was accepted"),
    "evidence.exported": _plain("A signed ZIP of evidence was asked for."),
    "pack.changed": _pack,
    "watch_begun": _plain("Monitoring began."),
    "watch_changed": _plain("How it is monitored changed."),
    "ledger_began": _plain("The ledger began."),
    "key_rotated": _plain("Another key signs the ledger from here on."),
    "payload_erased": _plain("Private parts of ledger entries were erased."),
    "pruned": _plain("What is older than the settings keep was let go."),
    "erased": _plain("Persons were erased."),
    "backed_up": _plain("A backup was taken."),
    "token.made": _token("was made"),
    "token.revoked": _token("was revoked"),
    "session.ended": _session,
    "review.opened": _reviewed("was opened"),
    "review.decided": _decided,
    "review.closed": _reviewed("was closed"),
    "restored": _plain("The workspace was restored from a backup."),
    "emergency.not_believed": _plain("A line of the emergency journal had no valid signature."),
}
