"""The machine's clock."""

from datetime import UTC, datetime


class SystemClock:
    """Tells the time of the machine; implements :class:`core.ports.Clock`."""

    def now(self) -> datetime:
        """Return the current time, timezone-aware UTC.

        Examples
        --------
        >>> SystemClock().now().tzinfo
        datetime.timezone.utc
        """
        return datetime.now(UTC)
