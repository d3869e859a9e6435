"""The signed ZIP of a model's evidence, made as a job: control puts it on record and signs, a child packs."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from core.children.evidence_zip import OUTPUT
from core.config import Settings
from core.evidence.desk import EvidenceDesk
from core.evidence.exports.archive import EXPORTED, lay_out
from core.job import Job, Plan
from core.jobs import JobDesk, Wanted
from core.keeping.files import ARCHIVES, WITH_LEDGER
from core.ledger import Ledger

KIND = WITH_LEDGER
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_LOOKED_AT = 100


class Archives:
    """A workspace's ZIPs of evidence.

    Parameters
    ----------
    evidence
        Writes the documents.
    jobs
        Where long work is asked for.
    ledger
        Has on record which documents went into which ZIP, and signs.
    settings
        What a job may use.
    """

    def __init__(self, evidence: EvidenceDesk, jobs: JobDesk, ledger: Ledger, settings: Settings) -> None:
        self._evidence = evidence
        self._jobs = jobs
        self._ledger = ledger
        self._settings = settings

    def make(self, model: str, *, pack: str | None, actor: str) -> Job:
        """Ask for the ZIP of a model's evidence; the one that there is while nothing has changed since.

        Nothing has changed while the documents say the same, apart from when they were made, and the ledger
        has no entry but those of such ZIPs.

        Parameters
        ----------
        pack
            One rule pack; None for all that concern the model by default.

        Raises
        ------
        NotFound
            There is no such model, or no such pack.
        Conflict
            The bare name is used in several registries.
        IntegrityError
            The ledger's key is not in the workspace.
        Unavailable
            The ledger cannot be written, or an anchor not reached.
        """
        content = self._evidence.documents(model, pack, at=_SOME_TIME)
        registry, _, name = content.model.partition("/")
        basis = f"{content.digest} {self._last_entry()}"
        wanted = Wanted(
            kind=KIND,
            model=name,
            subject="all packs" if pack is None else f"pack {pack}",
            about={"registry": registry, "pack": pack or ""},
            plan=Plan(
                task="evidence",
                output=OUTPUT,
                place=f"{ARCHIVES}/{{id}}.zip",
                time_limit_s=self._settings.job_time_s,
                memory_limit_mb=self._settings.job_memory_mb,
            ),
            key=f"{KIND}/{content.model}/{pack or ''}/{sha256(basis.encode()).hexdigest()}",
        )

        def prepare(folder: Path) -> None:
            made = self._evidence.documents(content.model, pack)
            lay_out(folder, made.files, model=made.model, actor=actor, ledger=self._ledger, now=made.made_at)

        return self._jobs.ask(wanted, actor=actor, prepare=prepare)

    def _last_entry(self) -> int:
        """Return the number of the last entry that is of no such ZIP, 0 where there is none."""
        for limit in (_LOOKED_AT, None):
            for record in reversed(self._ledger.records(limit=limit)):
                if record.entry.kind != EXPORTED:
                    return record.entry.seq
        return 0
