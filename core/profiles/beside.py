"""What a profile holds besides its columns: rows that can never be labelled, label delays, refused rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.domain import SENT, Window
from core.profiles.columns import has_label_delay
from core.profiles.edges import LABEL_DELAY_EDGES_S
from core.profiles.numbers import count_numbers
from core.profiles.owners import Owners
from core.profiles.relation import LABEL_DELAY, WHOLE, Relation, has_time, stored
from core.profiles.wanted import Owner
from core.spec import Layout, MonitorSpec
from core.store import Cursor, statement


@dataclass(slots=True)
class Beside:
    """Counts of one profile: rows never to be labelled, and rows refused by the column at fault."""

    n_unlabellable: int = 0
    refused: dict[str, int] = field(default_factory=dict)


NOTHING = Beside()


def count_labels(
    cursor: Cursor,
    layout: Layout,
    spec: MonitorSpec,
    with_label: Relation,
    owners: Owners,
    key: Mapping[str, object],
) -> None:
    """Count the rows that can never be labelled, and, over all rows of the stream, how late labels came."""
    if spec.labellable and layout.labellable:
        cursor.execute(
            "INSERT INTO profile_beside BY NAME"
            f" SELECT $model_key AS model_key, $is_reference AS is_reference, {with_label.owner},"
            f" 'unlabellable' AS kind, '' AS field, count(*) AS n"
            f" FROM ({with_label.select(['labellable', 'label'])})"
            f" WHERE NOT coalesce(labellable, true) AND label IS NULL GROUP BY {with_label.by}",
            {**with_label.parameters, **key},
        )
    # Reference rows bring their labels along: nothing tells when those came.
    is_told = with_label.delay is not None and not key["is_reference"]
    if with_label.g is None and has_label_delay(spec) and is_told:
        count_numbers(cursor, with_label, owners, {LABEL_DELAY: LABEL_DELAY_EDGES_S}, key)


def count_refused(
    cursor: Cursor, spec: MonitorSpec, windows: Sequence[Window], key: Mapping[str, object]
) -> None:
    """Count the rows in quarantine by the window in which they happened; after the profiles' heads.

    Rows that tell no usable time belong to no window.
    """
    dated = [window for window in windows if window.start is not None and window.end is not None]
    if not dated or not has_time(spec):
        return
    from_stream = spec.reference.first is not None
    kinds = ["reference"] if key["is_reference"] else ["predictions"]
    if from_stream:
        kinds = ["predictions", *kinds]
    cursor.execute(
        statement("beside_refused"),
        {
            **key,
            "kinds": kinds,
            "indexes": [WHOLE if window.index is None else window.index for window in dated],
            "starts": [stored(window.start) for window in dated],
            "ends": [stored(window.end) for window in dated],
            "closed_end": spec.window.every is None or bool(key["is_reference"] and not from_stream),
            "sent": SENT,
        },
    )


def read(cursor: Cursor, wanted: Mapping[str, object]) -> Mapping[Owner, Beside]:
    """Return what is kept by whose it is; parameters: see beside_counts.sql."""
    found: defaultdict[Owner, Beside] = defaultdict(Beside)
    for key, index, version, code, kind, name, n in cursor.execute(
        statement("beside_counts"), dict(wanted)
    ).fetchall():
        own = found[key, index, version, code]
        if kind == "unlabellable":
            own.n_unlabellable = n
        else:
            own.refused[name] = n
    return found
