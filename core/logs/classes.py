"""One text per class and category, whatever type a file gives it."""

import re

_INTEGRAL = re.compile(r"-?(0|[1-9][0-9]*)\.0+")
_FLAGS = {"true": "1", "false": "0"}
# From here on doubles are written with an exponent, in Python as in SQL: they keep that text.
_LARGEST_WHOLE = 1e16


def canonical(value: object) -> str:
    """Return the text by which a class or category is known.

    Integral numbers lose their decimal point, booleans become 1 and 0, all else keeps its text, so
    that 1, 1.0, "1", "1.0" and true are one class in every file format.

    Parameters
    ----------
    value
        A number, boolean or text; not None, which is no class.

    Examples
    --------
    >>> [canonical(value) for value in (1, 1.0, "1.0", True, "true", "False", 0.5, "007", "high")]
    ['1', '1', '1', '1', '1', '0', '0.5', '007', 'high']
    """
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and abs(value) < _LARGEST_WHOLE and value == int(value):
        return str(int(value))
    text = str(value)
    if _INTEGRAL.fullmatch(text):
        whole = text[: text.index(".")]
        return "0" if whole == "-0" else whole
    return _FLAGS.get(text.lower(), text)


def canonical_sql(expression: str, family: str) -> str:
    """Return the SQL expression that does the same as :func:`canonical` to a column.

    Parameters
    ----------
    expression
        The column, as SQL.
    family
        The family of its type (:func:`core.logs.source.family`). Missing values (null, NaN, empty
        text) become null.
    """
    x = expression
    if family == "flag":
        return f"CASE WHEN {x} THEN '1' WHEN NOT {x} THEN '0' END"
    if family == "whole":
        return f"{x}::VARCHAR"
    if family in ("real", "decimal"):
        shown = f"{x}::VARCHAR" if family == "real" else f"{x}::DOUBLE::VARCHAR"
        return (
            f"CASE WHEN isnan({x}::DOUBLE) THEN NULL"
            f" WHEN abs({x}) < 1e16 AND {x} = trunc({x}) THEN {x}::BIGINT::VARCHAR ELSE {shown} END"
        )
    # The cheap tests come first: the pattern is tried on the few values that can match it.
    return (
        f"CASE WHEN {x} IN ('', 'NaN', 'nan') THEN NULL"
        f" WHEN suffix({x}, '0') AND contains({x}, '.')"
        f" AND regexp_full_match({x}, '-?(0|[1-9][0-9]*)\\.0+')"
        f" THEN CASE split_part({x}, '.', 1) WHEN '-0' THEN '0' ELSE split_part({x}, '.', 1) END"
        f" WHEN length({x}) IN (4, 5) AND lower({x}) = 'true' THEN '1'"
        f" WHEN length({x}) IN (4, 5) AND lower({x}) = 'false' THEN '0' ELSE {x} END"
    )
