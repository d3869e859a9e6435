"""Which versions do the newest rows carry? What a moved alias means, only rows can show."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.action import shown_version
from core.profiles.relation import default_version
from core.store import Cursor, StoredMonitor

LATEST = 1_000
"""How many of the newest rows are looked at: what came in long ago says nothing of now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The newest rows since an alias moved, by version; ``why_none`` says why there are none to see."""

    rows: Mapping[str, int] = field(default_factory=dict)
    why_none: str = ""

    @property
    def n(self) -> int:
        """All rows looked at."""
        return sum(self.rows.values())

    def shows(self, version: str | None) -> bool:
        """Whether most of the rows carry a version: a challenger in the shadow may have the other half."""
        return version is not None and 2 * self.rows.get(version, 0) > self.n

    def sentence(self, version: str | None) -> str:
        """Say what the rows show.

        Examples
        --------
        >>> Traffic(rows={"7": 1204}).sentence("8")
        'traffic still v7 (100 % of 1,204 rows)'
        >>> Traffic(rows={"8": 990, "7": 10}).sentence("8")
        'seen in traffic: v8 in 99 % of 1,000 rows'
        >>> Traffic(why_none="no rows since").sentence("8")
        'unconfirmed: no rows since'
        """
        if not self.n:
            return f"unconfirmed: {self.why_none or 'no rows since'}"
        if version is not None and self.shows(version):
            share = self.rows[version] / self.n
            return f"seen in traffic: {shown_version(version)} in {share:.0%} of {self.n:,} rows".replace(
                "%", " %"
            )
        most = max(self.rows, key=lambda one: (self.rows[one], one))
        share = self.rows[most] / self.n
        return f"traffic still {shown_version(most)} ({share:.0%} of {self.n:,} rows)".replace("%", " %")


def arrived(cursor: Cursor, monitor: StoredMonitor) -> int:
    """Return the model's arrival counter: rows that come from now on have greater ones."""
    found = cursor.execute("SELECT arrival FROM model_state WHERE model_key = ?", [monitor.key]).fetchone()
    return 0 if found is None or found[0] is None else int(found[0])


def since(cursor: Cursor, monitor: StoredMonitor, arrival: int) -> Traffic:
    """Count the newest rows that arrived after ``arrival`` by version.

    Rows that name no version count as the spec's default; where nobody ever names one, they confirm nothing.
    """
    if monitor.spec.source is not None:
        return Traffic(why_none="its rows lie elsewhere")
    newest = (
        f"SELECT version FROM {monitor.layout.rows} WHERE arrival > ? ORDER BY arrival DESC LIMIT {LATEST}"
    )
    found = cursor.execute(f"SELECT version, count(*) FROM ({newest}) GROUP BY version", [arrival]).fetchall()
    named = {version: n for version, n in found if version is not None}
    unnamed = sum(n for version, n in found if version is None)
    if unnamed and not named:
        return Traffic(why_none=f"{unnamed:,} rows since, and none names its version")
    if unnamed:
        default = default_version(monitor.spec)
        named[default] = named.get(default, 0) + unnamed
    return Traffic(rows=named)
