"""Evidence about who changed what, who was told, and what is kept: from the ledger and the settings. Pure."""

from core.action import MoveKind, shown_version
from core.chain.canonical import Json
from core.chain.entries import moment
from core.domain import IncidentStatus, Severity, Status
from core.evidence.facts import ModelFacts, Noted
from core.evidence.found import Found, Nothing, Standing
from core.retention import CLASSES, span_text

_PAST_TRIMTAB = (MoveKind.EXTERNAL, MoveKind.INITIAL)


def change_control(facts: ModelFacts) -> Found | Nothing:
    """Say whether the champion came there by a decision on record."""
    move, stays = facts.move, facts.champion
    if move is None or stays is None:
        return Nothing(why="The ledger tells of no move of the champion.")
    content: dict[str, Json] = {
        "version": move.to_version,
        "kind": move.kind.value,
        "at": moment(move.at),
        "actor": move.actor,
        "action": move.evidence,
    }
    if move.to_version != stays.version:
        said = f"The ledger's last move is to {shown_version(move.to_version)}, the registry shows another."
        return Found(said=said, content=content, at=move.at, standing=Standing.OUTDATED)
    if move.kind in _PAST_TRIMTAB:
        said = f"{shown_version(stays.version)} came there past Trimtab: who decided it is not on record."
        return Found(said=said, content=content, at=move.at, standing=Standing.SHORT)
    said = (
        f"{shown_version(stays.version)} by {move.kind.value.replace('_', ' ')}, asked for by {move.actor}."
    )
    return Found(said=said, content=content, at=move.at)


def approval(facts: ModelFacts) -> Found | Nothing:
    """Say whether somebody else agreed to what made the champion the champion."""
    action = facts.action
    if action is None:
        return Nothing(why="No change through Trimtab made the champion the champion.")
    content: dict[str, Json] = {
        "action": action.id,
        "actor": action.actor,
        "approvals": [
            {"actor": one.actor, "role": one.role, "at": moment(one.at)} for one in action.approvals
        ],
    }
    others = [one for one in action.approvals if one.actor != action.actor]
    if not others:
        said = f"{action.actor} decided alone: nobody else agreed."
        return Found(said=said, content=content, at=action.asked_at, standing=Standing.SHORT)
    said = f"Agreed to by {', '.join(sorted({one.actor for one in others}))}."
    return Found(said=said, content=content, at=others[-1].at)


def waivers(facts: ModelFacts) -> Found | Nothing:
    """Say which gates of the champion somebody stood for; without gates on record there is no answer."""
    action = facts.action
    if action is None or not action.gates:
        return Nothing(why="No gates are on record for the champion's promotion.")
    waived = sorted(gate.rule for gate in action.gates if gate.status == Status.WAIVED.value)
    content: dict[str, Json] = {
        "action": action.id,
        "n_gates": len(action.gates),
        "waived": list(waived),
        "n_waivers": facts.n_waivers,
    }
    said = f"{len(action.gates)} gates were looked at; waived: {', '.join(waived) or 'none'}."
    return Found(said=said, content=content, at=action.asked_at)


def fallback(facts: ModelFacts) -> Found | Nothing:
    """Say whether there is an earlier champion to go back to."""
    if facts.n_champions < 2 or facts.champion is None:
        return Nothing(why="No earlier version was ever champion: there is nothing to go back to.")
    content: dict[str, Json] = {"n_champions": facts.n_champions, "version": facts.champion.version}
    at = None if facts.move is None else facts.move.at
    return Found(said=f"{facts.n_champions} versions were champion on record.", content=content, at=at)


def retraining(facts: ModelFacts) -> Found | Nothing:
    """Say whether it was trained anew on record."""
    done = facts.noted.get("retrain.done")
    if done is None:
        return Nothing(why="The ledger tells of no retraining that was done.")
    return _entry(done, f"Trained anew {done.at:%d %b %Y}.")


def reasons(facts: ModelFacts) -> Found | Nothing:
    """Say whether reasons are kept with decisions about persons."""
    kept = facts.noted.get("explanation.kept")
    if kept is None:
        return Nothing(why="No explanation was kept with its decision.")
    return _entry(kept, f"Last kept {kept.at:%d %b %Y}.")


def incidents(facts: ModelFacts) -> Found | Nothing:
    """Say whether incidents are looked after; of a model that nothing judges there is no answer."""
    if not any(one.window is not None for one in facts.judged.values()):
        return Nothing(why="Nothing was judged, so no incident could be seen.")
    unseen = [
        one
        for one in facts.incidents
        if one.status is IncidentStatus.OPEN and one.severity is Severity.CRITICAL
    ]
    n_open = sum(one.status is not IncidentStatus.RESOLVED for one in facts.incidents)
    content: dict[str, Json] = {
        "incidents": [
            {"id": one.id, "status": one.status.value, "severity": one.severity.value}
            for one in facts.incidents
        ]
    }
    said = f"{len(facts.incidents)} incidents, {n_open} not resolved."
    if unseen:
        said = f"{said} Critical and acknowledged by nobody: {len(unseen)}."
    return Found(said=said, content=content, standing=Standing.SHORT if unseen else Standing.HOLDS)


def alerts(facts: ModelFacts) -> Found | Nothing:
    """Say whether people are told of incidents."""
    if not facts.channels:
        return Nothing(why="No channel is set: nobody is told of incidents.")
    content: dict[str, Json] = {"channels": sorted(facts.channels)}
    if facts.alerted_at is None:
        said = f"Channels: {', '.join(sorted(facts.channels))}; nothing was ever sent."
        return Found(said=said, content=content, standing=Standing.SHORT)
    said = f"Channels: {', '.join(sorted(facts.channels))}; last sent {facts.alerted_at:%d %b %Y}."
    return Found(said=said, content=content, at=facts.alerted_at)


def ledger(facts: ModelFacts) -> Found | Nothing:
    """Say whether decisions are on record so that a change of the record shows."""
    signed = facts.signed
    if signed is None:
        return Nothing(why="No entry of the ledger is signed yet.")
    content: dict[str, Json] = {"seq": signed.seq, "head": signed.head, "anchored": signed.anchored}
    said = (
        f"Signed up to entry {signed.seq}, {'kept elsewhere too' if signed.anchored else 'kept only here'}."
    )
    standing = Standing.HOLDS if signed.anchored else Standing.SHORT
    return Found(said=said, content=content, at=signed.at, standing=standing)


def retention(facts: ModelFacts) -> Found | Nothing:
    """Say how long what is kept; settings that were never applied show nothing."""
    pruned = facts.noted.get("pruned")
    if facts.retention is None or pruned is None:
        return Nothing(why="Nothing was ever pruned: no record shows that the retention times are kept.")
    kept: dict[str, Json] = {name: span_text(facts.retention.of(name)) for name in CLASSES}
    said = f"Rows are kept {kept['rows']}; last pruned {pruned.at:%d %b %Y}."
    return Found(said=said, content={"kept": kept, "seq": pruned.seq}, at=pruned.at)


def erasure(facts: ModelFacts) -> Found | Nothing:
    """Say whether persons were erased on record."""
    done = facts.noted.get("erased")
    if done is None:
        return Nothing(why="The ledger tells of no erasure: it was never needed, or never done.")
    return _entry(done, f"Last erased {done.at:%d %b %Y}.")


def backup(facts: ModelFacts) -> Found | Nothing:
    """Say whether the record can be had back."""
    done = facts.noted.get("backed_up")
    if done is None:
        return Nothing(why="The ledger tells of no backup.")
    return _entry(done, f"Last backed up {done.at:%d %b %Y}.")


def access(facts: ModelFacts) -> Found | Nothing:
    """Say whether people sign in, with roles."""
    if not facts.team:
        return Nothing(why="Nobody signs in: whoever uses this account of the machine may do everything.")
    return Found(said="People sign in and act by their roles.", content={"team": True})


def _entry(noted: Noted, said: str) -> Found:
    content: dict[str, Json] = {"seq": noted.seq, "at": moment(noted.at), "facts": dict(noted.facts)}
    return Found(said=f"{said} Entry {noted.seq}, by {noted.actor}.", content=content, at=noted.at)
