"""Where the rows of a data set's version lie: below the workspace's own folders, or not at hand, and why.

Nobody who asks names a path. What a run logged as a source is somebody's word: it is followed only for runs
of the workspace's own registry, and only to a file below the folder of its artifacts, links resolved.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from urllib.parse import unquote, urlsplit

from core.children.candidate import EVALUATION, SNAPSHOT
from core.config import Workspace
from core.errors import InvalidInput, NotFound, Problem
from core.lineage.desk import Drawn
from core.lineage.graph import NodeKind
from core.lineage.naming import dataset_id
from core.ports import RunInput
from core.registry_settings import OWN_REGISTRY
from core.retrain import Retrain
from core.training import snapshot
from core.training.runner import PLACE

LEAST_DIGITS = 6
"""So many digits of a digest name a version."""
_LOGGED_DIGITS = 36
"""So much of a digest fits into a run's input."""
_OF_BYTES = 16
"""From so many hex digits on a logged digest is taken for the beginning of the file's SHA-256."""
_GONE = "its file is gone: pruned, erased or removed"
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A version of a data set; ``file`` is None where its rows are not at hand, and ``missing`` says why.

    ``digest`` is the recorded one, empty for rows that were held out: no record has theirs. ``models`` are
    names of models that were made of it, bare and registry first where both are known.
    """

    name: str
    digest: str
    file: Path | None
    missing: str
    models: frozenset[str]

    @property
    def ref(self) -> str:
        """How people name it: ``name@digest``, or the name alone where no digest is on record."""
        return f"{self.name}@{self.digest}" if self.digest else self.name


def kept(drawn: Drawn, retrains: Iterable[Retrain], workspace: Workspace) -> list[Kept]:
    """Return every version that is on record, by name and digest, with its file or why there is none."""
    found: dict[tuple[str, str], Kept] = {}
    for one in (*_of_retrains(retrains, workspace.root), *_of_runs(drawn, workspace)):
        known = found.get((one.name, one.digest))
        if known is None or (known.file is None and one.file is not None):
            found[one.name, one.digest] = one
    return [found[key] for key in sorted(found)]


def named(versions: Iterable[Kept], text: str) -> Kept:
    """Return the version that a text names; one whose rows are at hand, where the same content has several.

    Raises
    ------
    NotFound
        Nothing is called so.
    InvalidInput
        Several contents are.
    """
    listed = list(versions)
    name, _, digits = text.rpartition("@")
    found = (
        [one for one in listed if text in (one.ref, one.digest)]
        or [one for one in listed if name == one.name and _begins(one.digest, digits)]
        or [one for one in listed if _begins(one.digest, text)]
        or [one for one in listed if one.name == text]
    )
    if not found:
        hint = "trimtab datasets lists versions as name and digest."
        raise NotFound("version of a data set called", text, hint=hint)
    if len({one.digest for one in found}) > 1:
        listing = ", ".join(one.ref for one in found[:5])
        problem = Problem(field="version", message=f"'{text}' names several", remedy=f"one of {listing}")
        raise InvalidInput("The question", [problem])
    return next((one for one in found if one.file is not None), found[0])


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


def note(version: Kept, digest: str) -> str:
    """Say where a file with this SHA-256 is not what was logged, or that this cannot be told; else ""."""
    if not version.digest:
        return "no digest of it is on record"
    logged = version.digest.lower()
    if len(logged) < _OF_BYTES or not _HEX.issuperset(logged):
        return f"whether the file is what was logged cannot be told: {logged} is no digest of its bytes"
    if digest.startswith(logged):
        return ""
    return f"the file is not what was logged: its SHA-256 begins {digest[: len(logged)]}, not {logged}"


def below(folder: Path, file: Path) -> bool:
    """Whether a path, its links resolved, lies below a folder."""
    return file.resolve().is_relative_to(folder.resolve())


def _begins(digest: str, digits: str) -> bool:
    return len(digits) >= LEAST_DIGITS and digest.startswith(digits)


def _of_retrains(retrains: Iterable[Retrain], root: Path) -> Iterable[Kept]:
    place = root / PLACE
    for retrain in retrains:
        models = frozenset({retrain.model, retrain.name})
        digest = retrain.evidence.get("snapshot", "").removeprefix("sha256:")
        name = snapshot.data_name(retrain.model, retrain.id)
        if digest:
            yield _kept(name, digest[:_LOGGED_DIGITS], root, place / retrain.id / SNAPSHOT, models)
        held_out = place / retrain.id / EVALUATION
        if held_out.is_file():
            yield _kept(name.replace("-snapshot-", "-held-out-"), "", root, held_out, models)


def _of_runs(drawn: Drawn, workspace: Workspace) -> Iterable[Kept]:
    models = _models(drawn)
    for (registry, _), run in drawn.runs.items():
        for data in run.inputs:
            of = models.get(dataset_id(data.name, data.digest), frozenset())
            file = _local(data)
            if registry != OWN_REGISTRY:
                yield _absent(
                    data, of, f"it was logged in the registry '{registry}', not in the workspace's own"
                )
            elif file is None:
                yield _absent(
                    data, of, f"it lies at {data.source}" if data.source else "no run says where it lies"
                )
            elif not below(workspace.artifacts, file) or not below(workspace.root, file):
                yield _absent(data, of, "it lies outside the workspace's artifacts")
            else:
                yield _kept(data.name, data.digest, workspace.root, file, of)


def _kept(name: str, digest: str, root: Path, file: Path, models: frozenset[str]) -> Kept:
    at_hand = file.is_file() and below(root, file)
    return Kept(
        name=name,
        digest=digest,
        file=file.resolve() if at_hand else None,
        missing="" if at_hand else _GONE,
        models=models,
    )


def _absent(data: RunInput, models: frozenset[str], why: str) -> Kept:
    return Kept(name=data.name, digest=data.digest, file=None, missing=why, models=models)


def _local(data: RunInput) -> Path | None:
    """Return the path that a run's source is, where it is an absolute one of this machine."""
    parts = urlsplit(data.source)
    if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
        return None
    path = Path(unquote(parts.path) if parts.scheme else data.source)
    return path if path.is_absolute() and "\x00" not in str(path) else None


def _models(drawn: Drawn) -> Mapping[str, frozenset[str]]:
    graph = drawn.graph
    return {
        node.id: frozenset(
            graph.nodes[one].model or ""
            for one in graph.downstream(node.id, hops=2)
            if graph.nodes[one].kind is NodeKind.VERSION
        )
        for node in graph.nodes.values()
        if node.kind is NodeKind.DATASET
    }
