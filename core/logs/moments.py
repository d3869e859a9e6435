"""Times as files write them, as SQL: ISO texts with or without an offset, and numbers since 1970."""

from core.logs.relation import SourceColumn


def event_time_sql(column: SourceColumn) -> str:
    """Return a column's event times, naive UTC; null where a value is none."""
    timed = column.family in ("time", "whole", "real", "decimal")
    return moment_sql(column, None if timed else f"{column.expression}::VARCHAR")


def moment_sql(column: SourceColumn, text: str | None) -> str:
    """Return the same where the column is text, given as SQL in ``text``."""
    if text is None:
        if column.family == "time":
            return f"TRY_CAST({column.expression} AS TIMESTAMP)"
        return _since_1970(
            f"TRY_CAST({column.expression} AS {'BIGINT' if column.family == 'whole' else 'DOUBLE'})"
        )
    trimmed = f"trim({text})"
    # The cast knows words such as 'epoch' and 'infinity': only what begins with a digit is a time.
    written = f"CASE WHEN {trimmed} >= '0' AND {trimmed} < ':' THEN {trimmed} END"
    digits = f"CASE WHEN regexp_full_match({trimmed}, '[0-9]{{9,19}}([.][0-9]+)?') THEN {trimmed} END"
    numbers = _since_1970(f"TRY_CAST({digits} AS DOUBLE)")
    # Through TIMESTAMPTZ, because a plain TIMESTAMP forgets the text's own offset.
    return f"coalesce(TRY_CAST(TRY_CAST({written} AS TIMESTAMPTZ) AS TIMESTAMP), {numbers})"


def _since_1970(number: str) -> str:
    """Return the time of a number whose size tells seconds, milli-, micro- or nanoseconds."""
    return (
        f"CASE WHEN {number} BETWEEN 1e8 AND 1e11 THEN make_timestamp(({number} * 1000000)::BIGINT)"
        f" WHEN {number} BETWEEN 1e11 AND 1e14 THEN make_timestamp(({number} * 1000)::BIGINT)"
        f" WHEN {number} BETWEEN 1e14 AND 1e17 THEN make_timestamp({number}::BIGINT)"
        f" WHEN {number} BETWEEN 1e17 AND 1e19 THEN make_timestamp(({number} // 1000)::BIGINT) END"
    )
