"""One file's rows, read and checked once, in a temporary table in file order."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from core.logs.contract import Contract
from core.logs.relation import Source
from core.store import Cursor
from core.store.files import reading_file

_BROKEN_ROW = "write as many values as there are columns, and quote values that hold the delimiter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What was read: rows in the table ``staged``, faults by number, rows that were no rows.

    ``staged`` has the contract's columns, ``fault`` (number of the first fault, from 1, or null) and
    ``content`` (the row as JSON where it has a fault); its ``rowid`` counts lines from ``first_rowid``,
    which inside a transaction is a number beyond all stored rows.
    """

    contract: Contract
    n_rows: int
    first_rowid: int
    malformed: tuple[tuple[str, str], ...]
    faults: Mapping[int, int]

    @property
    def n_sent(self) -> int:
        """Rows that were sent, usable or not."""
        return self.n_rows + len(self.malformed)

    @property
    def n_faulty(self) -> int:
        """Rows that cannot be used."""
        return sum(self.faults.values()) + len(self.malformed)

    def reasons(self) -> dict[str, int]:
        """Return how many rows are unusable by field at fault."""
        counts: Counter[str] = Counter()
        for number, n in self.faults.items():
            counts[self.contract.faults[number - 1].field] += n
        if self.malformed:
            counts["row"] += len(self.malformed)
        return dict(counts)


def stage(cursor: Cursor, source: Source, contract: Contract) -> Staged:
    """Read a source into the temporary table ``staged``.

    Raises
    ------
    InvalidInput
        The file turned out to be unreadable on the way; nothing is staged then.
    """
    values = ", ".join(f"{expression} AS {name}" for name, expression in contract.values.items())
    stored = ", ".join(contract.values)
    branches = " ".join(
        f"WHEN {fault.condition} THEN {number}" for number, fault in enumerate(contract.faults, start=1)
    )
    first_fault = f"(CASE {branches} END)::INTEGER" if branches else "NULL::INTEGER"
    cursor.execute("DROP TABLE IF EXISTS staged")
    with reading_file(source.name, str(source.parameters.get("path", source.name))):
        cursor.execute(
            f"CREATE TEMP TABLE staged AS"
            f" SELECT {stored}, fault, CASE WHEN fault IS NOT NULL THEN {source.content} END AS content"
            f" FROM (SELECT *, {first_fault} AS fault FROM (SELECT *, {values} FROM {source.relation}))",
            {**source.parameters, **source.content_parameters, **contract.parameters},
        )
    n_rows, first_rowid = cursor.execute(
        "SELECT count(*), coalesce(min(rowid), 0) FROM staged"
    ).fetchone() or (0, 0)
    faults = cursor.execute(
        "SELECT fault, count(*) FROM staged WHERE fault IS NOT NULL GROUP BY fault ORDER BY fault"
    ).fetchall()
    return Staged(
        contract=contract,
        n_rows=n_rows,
        first_rowid=first_rowid,
        malformed=tuple(source.malformed),
        faults=dict(faults),
    )


def described_faults(staged: Staged) -> dict[str, object]:
    """Return the parameters with which a statement looks up field, reason and remedy by fault number."""
    faults = staged.contract.faults
    return {
        "fields": [fault.field for fault in faults],
        "reasons": [fault.reason for fault in faults],
        "remedies": [fault.remedy for fault in faults],
        "lines": [text for text, _ in staged.malformed],
        "causes": [cause for _, cause in staged.malformed],
        "broken_remedy": _BROKEN_ROW,
        "first_rowid": staged.first_rowid,
    }
