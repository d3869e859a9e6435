"""All that is on record of one model and could be evidence: gathered once, read by every collector."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.action import Action, Move
from core.chain.canonical import Json
from core.domain import Incident
from core.finding import Finding, Validated
from core.policy.rules import Policy
from core.retention import Retention
from core.spec import MonitorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Champion:
    """The version that production runs, as the mirror of its registry shows it."""

    version: str
    since: datetime
    run_id: str | None
    n_versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was judged last of one aspect of a model, in the last closed window where anything was known.

    ``version`` and the counts are of that window. Where nothing was ever known, ``window`` is None and
    ``unknown`` says the commonest reason. ``worst`` is the sentence of a FAIL, empty without one.
    """

    window: int | None
    version: str | None
    judged_at: datetime
    n_passed: int
    n_warned: int
    n_failed: int
    n_unknown: int
    metrics: tuple[str, ...]
    policy: str
    worst: str = ""
    unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """How many rows of a model were counted, how many of them have labels, and when the last was judged."""

    n_rows: int
    n_labelled: int
    judged_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What the registry has on how a version came to be: data sets by name → digest, parameters, metrics."""

    data: Mapping[str, str] = field(default_factory=dict)
    n_params: int = 0
    n_metrics: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The newest ledger entry of a kind: its number, when, by whom, what."""

    seq: int
    at: datetime
    actor: str
    facts: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """How far the ledger is signed: the last entry that is, when, its head, and whether kept elsewhere."""

    seq: int
    at: datetime
    head: str
    anchored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is on record; a field that is None or empty was looked for and is not there.

    ``judged`` is aspect → what was judged last (``drift``, ``quality``, ``label``, ``performance``,
    ``fairness``, ``operations``). ``move`` is what made the champion the champion, ``action`` the change
    behind it. ``noted`` is ledger kind → newest entry, of the model or of the whole workspace.
    """

    now: datetime
    model: str
    spec: MonitorSpec | None = None
    spec_digest: str = ""
    changed_at: datetime | None = None
    champion: Champion | None = None
    trained: Trained | None = None
    policy: Policy | None = None
    reference: tuple[str, datetime] | None = None
    judged: Mapping[str, Judged] = field(default_factory=dict)
    logged: Logged | None = None
    validation: Validated | None = None
    validate_every: timedelta = timedelta(days=365)
    findings: tuple[Finding, ...] = ()
    move: Move | None = None
    action: Action | None = None
    n_champions: int = 0
    n_waivers: int = 0
    importance_at: datetime | None = None
    incidents: tuple[Incident, ...] = ()
    noted: Mapping[str, Noted] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    alerted_at: datetime | None = None
    retention: Retention | None = None
    signed: Signed | None = None
    team: bool = False
