"""What a spec says of its inputs besides their names: measures of all of them together."""

import pytest

from core.errors import InvalidInput
from core.logs.spec_file import parse_spec

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
