"""What the advisor says of drift, faults, seasons and outcomes, from verdicts as they are judged."""

from datetime import datetime, timedelta

import pytest

from core.domain import Limit, Measurement, Role, Status, Verdict, Window
from core.training.advisor import Facts, advise
from tests.loans import DAY_0

MONDAY = datetime(2026, 9, 7, tzinfo=DAY_0.tzinfo)


def verdict(
    metric: str,
    status: Status = Status.FAIL,
    *,
    role: Role = Role.FEATURE,
    feature: str | None = None,
    day: int = 0,
    estimated: bool = False,
) -> Verdict:
    start = MONDAY + timedelta(days=day)
    window = Window(index=day, start=start, end=start + timedelta(days=1))
    measured = Measurement(
        model="m", version="1", metric=metric, role=role, window=window, n=100, value=0.5, method="",
        feature=feature, estimated=estimated,
    )  # fmt: skip
    return Verdict(
        id=f"{metric}-{feature}-{day}",
        measurement=measured,
        status=status,
        rule="r",
        limit=Limit(),
        reason="",
        sentence=f"{metric} of {feature} fails.",
        policy_digest="",
        judged_at=start,
    )


def facts(*verdicts: Verdict, **known: object) -> Facts:
    usual: dict[str, object] = {
        "model": "m", "verdicts": verdicts, "open_faults": (), "leading": None, "before": None,
        "n_fresh": 1000, "n_rarest": 100, "n_features": 5, "is_classifier": True, "is_seasonal": False,
    }  # fmt: skip
    return Facts(**{**usual, **known})


def test_nothing_fails() -> None:
    advice = advise(facts(verdict("psi", Status.PASS, feature="income")))
    assert (advice.cause, advice.allowed, advice.gain) == ("nothing", True, None)


def test_drift_names_the_inputs() -> None:
    moved = [verdict("psi", feature=name) for name in "abcde"]
    advice = advise(facts(*moved, verdict("roc_auc", role=Role.PERFORMANCE)))
    assert advice.cause == "drift"
    assert "a, b, c and 2 more" in advice.sentences[0]
    assert "ROC AUC" in advice.sentences[1]


def test_what_passed_again_counts_no_more() -> None:
    advice = advise(
        facts(verdict("psi", feature="a", day=0), verdict("psi", Status.PASS, feature="a", day=1))
    )
    assert advice.cause == "nothing"


def test_unknown_does_not_hide_what_was_judged_before() -> None:
    advice = advise(
        facts(verdict("psi", feature="a", day=0), verdict("psi", Status.UNKNOWN, feature="a", day=1))
    )
    assert advice.cause == "drift"


@pytest.mark.parametrize("metric", ["missing_rate", "invalid_rate"])
def test_a_fault_of_the_data_refuses_retraining(metric: str) -> None:
    advice = advise(facts(verdict(metric, feature="income"), verdict("psi", feature="income")))
    assert (advice.cause, advice.allowed) == ("data fault", False)
    assert f"{metric} of income fails." in advice.why_not


def test_an_open_incident_about_missing_values_refuses_it_even_where_the_last_window_passed() -> None:
    advice = advise(facts(open_faults=("Missing values in income, since window 3.",)))
    assert not advice.allowed
    assert advice.why_not.startswith("Missing values in income, since window 3.")


def test_new_categories_are_no_fault() -> None:
    advice = advise(facts(verdict("new_category_rate", feature="channel")))
    assert (advice.cause, advice.allowed) == ("drift", True)


def test_outcomes_alone_moved() -> None:
    shifted = verdict("label_rate", role=Role.LABEL)
    advice = advise(facts(shifted, verdict("log_loss", role=Role.PERFORMANCE)))
    assert advice.cause == "label shift"
    assert "Recalibrating" in advice.sentences[1]


@pytest.mark.parametrize(
    "beside",
    [
        verdict("psi", feature="a"),
        verdict("roc_auc", role=Role.PERFORMANCE),
        verdict("concept_drift", role=Role.PERFORMANCE),
    ],
)
def test_it_is_no_label_shift_where_more_moved(beside: Verdict) -> None:
    assert advise(facts(verdict("label_rate", role=Role.LABEL), beside)).cause == "drift"


def test_of_amounts_the_same_inputs_lead_to_other_outcomes() -> None:
    advice = advise(facts(verdict("ks", role=Role.LABEL), is_classifier=False))
    assert advice.cause == "drift"
    assert "concept drift" in advice.sentences[0]


def weekends(n_days: int, *, but: int | None = None) -> list[Verdict]:
    """Features drift on Saturdays and Sundays; on one day more or less where ``but`` names it."""
    return [
        verdict(
            "psi", Status.FAIL if (day % 7 in (5, 6)) != (day == but) else Status.PASS, feature="a", day=day
        )
        for day in range(n_days)
    ]


def test_drift_on_the_same_weekdays_is_a_season() -> None:
    advice = advise(facts(*weekends(21)))
    assert advice.cause == "season"
    assert "Saturdays and Sundays" in advice.sentences[0]


@pytest.mark.parametrize(("n_days", "but"), [(13, None), (21, 8), (21, 19)])
def test_it_is_no_season_where_there_are_exceptions_or_too_few_days(n_days: int, but: int | None) -> None:
    assert advise(facts(*weekends(n_days, but=but))).cause != "season"


def test_a_seasonal_spec_has_its_seasons_compared_already() -> None:
    assert advise(facts(*weekends(21), is_seasonal=True)).cause == "drift"


def test_estimates_alone_wait_for_labels() -> None:
    advice = advise(facts(verdict("roc_auc", role=Role.PERFORMANCE, estimated=True)))
    assert "labels have yet to show it" in advice.sentences[0]


@pytest.mark.parametrize(
    ("known", "n_enough"),
    [
        # 10 of the rarest outcome a feature: 5 features, a tenth of the rows rare.
        ({}, 500),
        ({"n_rarest": 500}, 100),
        ({"n_features": 40}, 4000),
        ({"is_classifier": False, "n_features": 40}, 400),
        ({"n_fresh": 0, "n_rarest": 0}, 100),
    ],
)
def test_how_many_labels_are_needed(known: dict[str, object], n_enough: int) -> None:
    advice = advise(facts(**known))
    assert advice.n_enough == n_enough
    assert f"{n_enough:,}" in advice.sentences[-1]


def leading(value: float, low: float, high: float, metric: str = "roc_auc") -> Measurement:
    return Measurement(
        model="m", version="1", metric=metric, role=Role.PERFORMANCE, n=100, value=value, low=low, high=high,
        method="", window=Window(index=0, start=None, end=None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "before", "gain"),
    [
        (leading(0.7, 0.68, 0.72), 0.8, "0.100"),
        (leading(0.7, 0.68, 0.72), 0.71, None),
        (leading(0.9, 0.88, 0.92), 0.8, None),
        (leading(9.0, 8.5, 9.5, "mae"), 6.0, "3.000"),
        (leading(5.0, 4.5, 5.5, "mae"), 6.0, None),
        (leading(0.7, 0.68, 0.72), None, None),
        (None, 0.8, None),
    ],
)
def test_the_gain_is_told_where_it_is_known(
    now: Measurement | None, before: float | None, gain: str | None
) -> None:
    advice = advise(facts(leading=now, before=before))
    assert (advice.gain is None) == (gain is None)
    assert gain is None or f"at most about {gain}" in str(advice.gain)
