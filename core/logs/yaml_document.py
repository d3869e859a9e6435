"""A YAML document as a mapping, with every fault told in the program's own words."""

from collections.abc import Mapping

import yaml

from core.errors import InvalidInput, Problem


class _Loader(yaml.SafeLoader):
    """Safe YAML in which a key that comes twice is an error, not a silent choice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        mapping: dict[object, object] = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                raise yaml.constructor.ConstructorError(
                    None, None, f"'{twice}' is given twice", node.start_mark
                )
        return mapping


def load_mapping(text: str) -> Mapping[object, object]:
    """Return the mapping that a document is.

    Raises
    ------
    InvalidInput
        It is not YAML, has a key twice, or is something else than a mapping.
    """
    try:
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        raise InvalidInput("The spec", [Problem(field=where, message=str(error.problem))]) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        message = str(error).splitlines()[0]
        raise InvalidInput("The spec", [Problem(field="document", message=message)]) from error
    if not isinstance(document, dict):
        problem = Problem(field="document", message="is not a mapping", remedy="begin with 'model: NAME'")
        raise InvalidInput("The spec", [problem])
    return document
