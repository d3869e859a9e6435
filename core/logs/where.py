"""The reference's ``where``: a conjunction of comparisons, read by us and never pasted into SQL."""

import re

from core.spec import Condition

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<text>'(?:[^']|'')*')
      | (?P<quoted>"(?:[^"]|"")+")
      | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
      | (?P<operator><=|>=|!=|<>|==|=|<|>)
      | (?P<word>[^\W\d][\w.\-]*)
    )""",
    re.VERBOSE,
)
_OPERATORS = {"==": "=", "<>": "!="}


def parse_where(text: str) -> tuple[Condition, ...]:
    """Return the comparisons of a text such as ``period = 'reference' and x >= 3``.

    Parameters
    ----------
    text
        Comparisons ``column operator value`` joined by ``and``. A column is a bare word or stands in
        double quotes; a value is a number, a text in single quotes, true or false.

    Raises
    ------
    ValueError
        The text is anything else; the message says where.

    Examples
    --------
    >>> [(c.column, c.operator, c.value) for c in parse_where("period = 'reference' and x >= 3")]
    [('period', '=', 'reference'), ('x', '>=', 3.0)]
    """
    tokens = _tokens(text)
    conditions = []
    for start in range(0, max(len(tokens), 1), 4):
        part = tokens[start : start + 3]
        if len(part) < 3:
            raise ValueError("a comparison is 'column operator value'")
        conditions.append(_condition(part))
        if start + 3 < len(tokens) and tokens[start + 3] != ("word", "and"):
            raise ValueError(f"expected 'and' before '{tokens[start + 3][1]}'")
        if start + 4 == len(tokens):
            raise ValueError("nothing follows the last 'and'")
    return tuple(conditions)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    place, end = 0, len(text.rstrip())
    while place < end:
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise ValueError(f"cannot read '{text[place:].strip()[:20]}'")
        kind, value = match.lastgroup, match.group(match.lastgroup)
        tokens.append((kind, "and" if kind == "word" and value.lower() == "and" else value))
        place = match.end()
    return tokens


def _condition(part: list[tuple[str, str]]) -> Condition:
    (column_kind, column), (operator_kind, operator), (value_kind, value) = part
    if column_kind == "quoted":
        column = column[1:-1].replace('""', '"')
    elif column_kind != "word":
        raise ValueError(f"'{column}' is not a column's name")
    if operator_kind != "operator":
        raise ValueError(f"'{operator}' is not one of = != < <= > >=")
    return Condition(
        column=column, operator=_OPERATORS.get(operator, operator), value=_value(value_kind, value)
    )


def _value(kind: str, text: str) -> str | float | bool:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return float(text)
    if kind == "word" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    raise ValueError(f"'{text}' is not a value: put text in single quotes")
