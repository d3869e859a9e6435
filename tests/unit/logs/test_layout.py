import pytest

from core.errors import Conflict
from core.logs.layout import create_tables, lay_out, physical_columns
from core.logs.spec_file import parse_spec
from core.store import AnalyticsStore

FIRST = "{model: m, features: {numeric: [a, A], categorical: [b]}, sensitive: [b]}"
MORE = "{model: m, features: {numeric: [z, a, A], categorical: [b, c]}, sensitive: [b, s]}"


def test_names_that_differ_in_case_stay_apart() -> None:
    layout = lay_out(parse_spec(FIRST))
    assert layout.numeric == {"a": "n0", "A": "n1"}
    assert layout.categorical == {"b": "c0"}
    assert layout.sensitive == {"b": "s0"}


def test_the_key_depends_on_registry_and_model() -> None:
    keys = {
        lay_out(parse_spec(f"model: {name}", registries=["local", "r"])).key for name in ("m", "n", "r/m")
    }
    assert len(keys) == 3
    assert all(len(key) == 12 for key in keys)


def test_columns_keep_their_places_when_more_come() -> None:
    layout = lay_out(parse_spec(MORE), lay_out(parse_spec(FIRST)))
    assert layout.numeric == {"a": "n0", "A": "n1", "z": "n2"}
    assert layout.categorical == {"b": "c0", "c": "c1"}
    assert layout.sensitive == {"b": "s0", "s": "s1"}


def test_tables_gain_the_columns_that_they_lack() -> None:
    store = AnalyticsStore.open(None)
    first = lay_out(parse_spec(FIRST))
    more = lay_out(parse_spec(MORE), first)
    with store.writing() as cursor:
        create_tables(cursor, first)
        cursor.execute(f"INSERT INTO {first.rows} (row_id, id_hash, arrival, n0) VALUES ('1', 7, 1, 5)")
        create_tables(cursor, more)
        create_tables(cursor, more)
        assert cursor.execute(f"SELECT n0, n2, s1 FROM {more.rows}").fetchall() == [(5, None, None)]
        columns = cursor.execute(f"SELECT * FROM {more.reference}").description
        assert set(physical_columns(more)) | {"label"} <= {column[0] for column in columns or ()}
        assert cursor.execute("SELECT count(*) FROM model_state").fetchall() == [(1,)]
    store.close()


def test_classes_and_numbers_do_not_mix() -> None:
    layout = lay_out(parse_spec("{model: m, task: regression, columns: {label: y}}"))
    assert layout.numeric_target
    with pytest.raises(Conflict, match="another kind of task"):
        lay_out(parse_spec("{model: m, task: binary, columns: {label: y}}"), layout)
