"""What is wrong with a settings file, and texts in it: small parts of :mod:`core.config`."""

from collections.abc import Mapping

from core.errors import Problem, suggestion


class Problems(list[Problem]):
    """Collects what is wrong, one line each."""

    def say(self, field_name: str, message: str, remedy: str) -> None:
        """Add one problem."""
        self.append(Problem(field=field_name, message=message, remedy=remedy))

    def unknown(self, table: Mapping[str, object], known: tuple[str, ...], prefix: str) -> None:
        """Add a problem for every key that is not known, with a suggestion."""
        for key in table:
            if key not in known:
                self.say(f"{prefix}{key}", "is not a setting", suggestion(key, known))


def table_of(document: Mapping[str, object], key: str, problems: Problems) -> dict[str, object]:
    """Return the table under a key, empty where there is none or something else."""
    entry = document.get(key, {})
    if isinstance(entry, dict):
        return entry
    problems.say(key, "is not a table", f"write [{key}] above its settings")
    return {}


def quoted(text: str) -> str:
    """Return a text as TOML writes it, in quotes."""
    escaped = "".join(
        f"\\u{ord(letter):04x}" if ord(letter) < 32 or letter in '"\\\x7f' else letter for letter in text
    )
    return f'"{escaped}"'


def text_of(entry: Mapping[str, object], key: str, where: str, problems: Problems) -> str | None:
    """Return the text under a key, None where there is none or something else."""
    value = entry.get(key)
    if value is None or isinstance(value, str):
        return value
    problems.say(f"{where}.{key}", "is not text", "put it in quotes")
    return None
