"""What a spec says of its inputs besides their names: measures of all of them together."""

import pytest

from core.errors import InvalidInput
from core.logs.columns import infer_features
from core.logs.spec_file import parse_spec
from core.spec import Condition, Features

START = "model: m\nwindow: {rows: 10}\n"


def test_measures_of_all_inputs_together_are_opt_in() -> None:
    assert parse_spec(START).multivariate == ()
    both = parse_spec(f"{START}multivariate: [pca_reconstruction, domain_classifier]")
    assert both.multivariate == ("pca_reconstruction", "domain_classifier")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("multivariate: [pca_reconstruktion]", "did you mean pca_reconstruction?"),
        ("multivariate: [mmd]", "known: pca_reconstruction, domain_classifier"),
        ("multivariate: pca_reconstruction", "write [first, second]"),
        ("multivariate: [domain_classifier, domain_classifier]", "is listed twice"),
        ("multivariat: []", "did you mean multivariate?"),
    ],
)
def test_what_is_not_known_is_named_with_a_remedy(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_spec(START + text)
    assert message in str(error.value) + " ".join(one.remedy for one in error.value.problems)


FEATURES = "features: {numeric: [age, amount]}\n"


def test_attributions_are_named_one_by_one_or_by_a_pattern() -> None:
    assert dict(parse_spec(f"{START}{FEATURES}attributions: {{age: phi}}").attributions) == {"age": "phi"}
    by_pattern = parse_spec(f'{START}{FEATURES}attributions: "shap_*"')
    assert dict(by_pattern.attributions) == {"age": "shap_age", "amount": "shap_amount"}
    assert dict(parse_spec(f"{START}attributions: shap_*").attributions) == {}  # no features yet


def test_columns_of_attributions_are_no_features() -> None:
    columns = [("age", "BIGINT"), ("shap_age", "DOUBLE"), ("plan", "VARCHAR"), ("shap_plan", "DOUBLE")]
    by_pattern = infer_features(parse_spec(f"{START}attributions: shap_*"), columns)
    assert by_pattern.features == Features(numeric=("age",), categorical=("plan",))
    assert dict(by_pattern.attributions) == {"age": "shap_age", "plan": "shap_plan"}
    named = infer_features(parse_spec(f"{START}attributions: {{age: shap_age}}"), columns)
    assert named.features == Features(numeric=("age", "shap_plan"), categorical=("plan",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("attributions: {agge: phi}", "did you mean age?"),
        ("attributions: {age: 3}", "is not a column's name"),
        ("attributions: shap_", "is not a pattern"),
        ('attributions: "*"', "is not a pattern"),
        ("attributions: [phi]", "is not a mapping"),
    ],
)
def test_attributions_that_mean_nothing_are_named(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_spec(START + FEATURES + text)
    assert message in str(error.value) + " ".join(one.remedy for one in error.value.problems)


def test_which_rows_can_be_labelled_is_a_condition() -> None:
    spec = parse_spec(f"{START}task: binary\ncolumns: {{label: y}}\nlabellable: decision = 1 and amount > 0")
    assert spec.labellable == (
        Condition(column="decision", operator="=", value=1.0),
        Condition(column="amount", operator=">", value=0.0),
    )
    assert parse_spec(START).labellable == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("labellable: decision", "a comparison is 'column operator value'"),
        ("labellable: y = 1", "speaks of the label itself"),
    ],
)
def test_a_condition_that_means_nothing_is_named(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_spec(f"{START}task: binary\ncolumns: {{label: y}}\n{text}")
    assert message in str(error.value)
    with pytest.raises(InvalidInput, match=r"means nothing without columns\.label"):
        parse_spec(f"{START}labellable: decision = 1")
