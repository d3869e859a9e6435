"""From files to numbers: label delays, rows never to be labelled, refused rows, silence."""

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from core.domain import Measurement, Status
from core.errors import InvalidInput
from core.trimtab import Trimtab
from core.views.drift import DriftScope
from core.views.model import ModelScope
from tests.loans import DAY_0, SPEC, rows

GRANTED = SPEC + 'labellable: "decision = 1"\n'
HOUR = 3600.0


def found(
    trimtab: Trimtab, metric: str, feature: str | None = None, *, exact: bool = False
) -> list[Measurement]:
    kept = trimtab.measurements("loans", metric=metric, exact=exact)
    return [one for one in kept if one.feature == feature]


def labels_of(table: pa.Table) -> pa.Table:
    return table.select(["id", "repaid"])


def unlabelled(table: pa.Table) -> pa.Table:
    return table.drop_columns(["repaid"])


# ---------------------------------------------------------------- delay


def test_the_delay_runs_from_the_event_to_the_receipt_of_a_late_label(trimtab, file, clock):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    day = rows(0, 1)
    clock.at = DAY_0 + timedelta(days=1)
    trimtab.ingest("loans", file(unlabelled(day)), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "label_delay_p50")[0].reason == "no labels yet"
    clock.at = DAY_0 + timedelta(days=5)
    trimtab.ingest("loans", file(labels_of(day)), kind="labels")
    trimtab.monitor()
    (half,), (most,), (oldest,) = (
        found(trimtab, name) for name in ("label_delay_p50", "label_delay_p95", "label_age")
    )
    assert (half.unit, half.n) == ("s", 400)
    assert half.value == pytest.approx((4 * 24 + 12) * HOUR, rel=0.06)
    assert half.low <= half.value <= half.high < most.value * 1.06
    assert oldest.value == 5 * 24 * HOUR
    assert found(trimtab, "label_delay_p50", exact=True)[0].value == half.value


def test_labels_beside_their_rows_tell_no_delay_and_a_correction_does_not_age_them(trimtab, file, clock):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    clock.at = DAY_0 + timedelta(days=30)
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "label_delay_p95")[0].reason == "labels came with their rows"
    other = labels_of(rows(0, 1))
    flipped = other.set_column(1, "repaid", pc.subtract(1, other["repaid"]))
    trimtab.ingest("loans", file(flipped), kind="labels")
    trimtab.monitor()
    assert found(trimtab, "label_age")[0].reason == "labels came with their rows"


def test_a_label_may_bring_its_own_time(trimtab, file, clock):
    spec = SPEC.replace("label: repaid", "label: repaid, labelled_at: known_at")
    trimtab.watch(spec, reference=file(rows(-10, 10)))
    clock.at = DAY_0 + timedelta(days=90)
    day = rows(0, 1)
    known = pc.add(day["at"], pa.scalar(timedelta(hours=6)))
    trimtab.ingest("loans", file(day.append_column("known_at", known)), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "label_age")[0].value == 6 * HOUR
    assert found(trimtab, "label_delay_p50")[0].value == pytest.approx(6 * HOUR, rel=0.06)


# ---------------------------------------------------------------- never labelled


def granted(day: int, n_days: int) -> pa.Table:
    """Loans of which only the granted ones ever get a label."""
    table = rows(day, n_days)
    label = pc.if_else(pc.equal(table["decision"], 1), table["repaid"], None)
    return table.set_column(table.column_names.index("repaid"), "repaid", label)


def test_coverage_is_of_the_rows_that_can_be_labelled_and_the_others_are_named(trimtab, file):
    trimtab.watch(GRANTED, reference=file(granted(-10, 10)))
    trimtab.ingest("loans", file(granted(0, 1)), kind="predictions")
    trimtab.monitor()
    (share,), (coverage,) = found(trimtab, "unlabellable_rate"), found(trimtab, "label_coverage")
    n_refused = round(share.value * 400)
    assert 100 < n_refused < 300
    assert (coverage.value, coverage.n) == (1.0, 400 - n_refused)
    judged = [one for one in trimtab.verdicts("loans") if one.rule == "performance"]
    measured = [one for one in judged if not one.measurement.estimated]
    assert measured
    for one in measured:
        assert one.status is not Status.UNKNOWN
        assert one.sentence.endswith(f"{n_refused} rows can never be labelled and are left out.")
        assert one.measurement.method.endswith(f"without {n_refused} rows that can never be labelled")
        assert one.measurement.n == 400 - n_refused
    assert not any("never" in one.sentence for one in judged if one.measurement.estimated)
    assert found(trimtab, "label_coverage", exact=True)[0].value == 1.0


def test_each_segment_has_a_coverage_of_its_own_rows(trimtab, file):
    trimtab.watch(GRANTED + "segments: [channel]\n", reference=file(granted(-10, 10)))
    trimtab.ingest("loans", file(granted(0, 1)), kind="predictions")
    trimtab.monitor()
    coverage, share = found(trimtab, "label_coverage"), found(trimtab, "unlabellable_rate")
    assert sorted(str(one.segment) for one in coverage) == [
        "all rows", "channel = branch", "channel = phone", "channel = web",
    ]  # fmt: skip
    assert {one.value for one in coverage} == {1.0}
    whole, *parts = sorted(share, key=lambda one: str(one.segment))
    assert round(whole.value * 400) == sum(round(one.value * one.n) for one in parts)


def test_without_the_condition_the_same_rows_wait_for_labels_for_ever(trimtab, file):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(granted(0, 1)), kind="predictions")
    trimtab.monitor()
    measured = [
        one
        for one in trimtab.verdicts("loans")
        if one.rule == "performance" and not one.measurement.estimated
    ]
    assert {one.reason for one in measured} == {"labels immature"}


def test_a_row_with_a_label_can_have_one_whatever_the_condition_says(trimtab, file):
    trimtab.watch(GRANTED, reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "unlabellable_rate")[0].value == 0.0
    assert found(trimtab, "label_coverage")[0].value == 1.0


def test_a_window_of_which_no_row_can_be_labelled_says_so(trimtab, file):
    trimtab.watch(SPEC + "labellable: \"channel = 'moon'\"\n", reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(unlabelled(rows(0, 1))), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "label_coverage")[0].reason == "no labellable rows"
    reasons = {
        one.reason
        for one in trimtab.verdicts("loans")
        if one.rule == "performance" and not one.measurement.estimated
    }
    assert reasons == {"no labellable rows"}


def test_the_condition_needs_its_column(trimtab, file):
    trimtab.watch(SPEC + "labellable: granted = 1\n", reference=file(rows(-10, 10)))
    with pytest.raises(InvalidInput, match="granted"):
        trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")


# ---------------------------------------------------------------- refused


def with_texts(table: pa.Table, n: int) -> pa.Table:
    """The first n incomes are no numbers any more."""
    texts = [f"{value} EUR" if i < n else str(value) for i, value in enumerate(table["income"].to_pylist())]
    return table.set_column(table.column_names.index("income"), "income", pa.array(texts))


def test_a_change_of_type_fails_the_column_in_its_window(trimtab, file):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    trimtab.ingest("loans", file(with_texts(rows(1, 1), 100)), kind="predictions")
    trimtab.monitor()
    values = {one.window.index: (one.value, one.n) for one in found(trimtab, "invalid_rate", "income")}
    assert values == {0: (0.0, 400), 1: (0.25, 400)}
    assert [one.value for one in found(trimtab, "invalid_rate", "score")] == [0.0, 0.0]
    assert [one.value for one in found(trimtab, "invalid_rate")] == [0.0, 0.25]
    judged = {
        (one.measurement.window.index, one.measurement.feature): one
        for one in trimtab.verdicts("loans")
        if one.measurement.metric == "invalid_rate"
    }
    assert judged[1, "income"].status is judged[1, None].status is Status.FAIL
    assert judged[0, "income"].status is Status.PASS
    assert judged[1, "income"].sentence.startswith("Share of rows refused for income 0.250 > 0.050")


def test_a_batch_that_was_all_refused_reopens_its_window_and_mending_it_takes_it_back(trimtab, file):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(rows(0, 2)), kind="predictions")
    trimtab.monitor()
    assert trimtab.monitor().windows == 0
    late = with_texts(rows(0, 1, seed=8, n=50), 50)
    assert trimtab.ingest("loans", file(late), kind="predictions").quarantined == 50
    assert trimtab.monitor().windows == 1
    assert found(trimtab, "invalid_rate", "income")[0].value == pytest.approx(50 / 450)
    spec = SPEC.replace("numeric: [income]", "numeric: []").replace("[channel]", "[channel, income]")
    trimtab.watch(spec, reference=file(rows(-10, 10)))
    trimtab.retry_quarantine("loans")
    trimtab.monitor()
    assert [one.value for one in found(trimtab, "invalid_rate")] == [0.0, 0.0]


# ---------------------------------------------------------------- silence


def test_staleness_counts_the_windows_that_pass_in_silence_and_hides_nothing(trimtab, file, clock):
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    clock.at = DAY_0 + timedelta(days=1, hours=1)
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    trimtab.monitor()
    (before,) = found(trimtab, "staleness")
    assert (before.value, before.unit, before.window.index) == (0.0, "windows", 0)
    verdicts = trimtab.verdicts("loans")
    clock.at = DAY_0 + timedelta(days=1, hours=5)
    assert trimtab.monitor().windows == 0
    clock.at = DAY_0 + timedelta(days=4, hours=1)
    assert trimtab.monitor().windows == 1
    assert found(trimtab, "staleness")[0].value == 3.0
    assert trimtab.monitor().windows == 0
    same = {one.id: one.status for one in trimtab.verdicts("loans")}
    assert same == {one.id: one.status for one in verdicts}
    trimtab.ingest("loans", file(rows(3, 1)), kind="predictions")
    trimtab.monitor()
    assert found(trimtab, "staleness")[-1].value == 0.0


def test_an_owner_may_judge_silence(trimtab, file, clock):
    policy = """
policy: mine
extends: default
rules:
  silence:
    {kind: limit, role: operations, metrics: [staleness], severity: warning, min_rows: 0, fail: {high: 2}}
"""
    trimtab.watch(SPEC + "policy: mine.yaml\n", reference=file(rows(-10, 10)), policy=policy)
    clock.at = DAY_0 + timedelta(days=1)
    trimtab.ingest("loans", file(rows(0, 1)), kind="predictions")
    trimtab.monitor()
    clock.at = DAY_0 + timedelta(days=9)
    trimtab.monitor()
    (silent,) = [one for one in trimtab.verdicts("loans") if one.rule == "silence"]
    assert silent.status is Status.FAIL
    assert silent.measurement.value == 8.0


# ---------------------------------------------------------------- on the pages


def test_the_model_page_says_how_late_labels_come_and_which_never_can(trimtab, file, clock):
    spec = GRANTED.replace("label: repaid", "label: repaid, labelled_at: known_at")
    trimtab.watch(spec, reference=file(granted(-10, 10)))
    day = granted(0, 1)
    known = pc.add(day["at"], pa.scalar(timedelta(hours=36)))
    trimtab.ingest("loans", file(day.append_column("known_at", known)), kind="predictions")
    trimtab.monitor()
    (card,) = [card for card in trimtab.model_view(ModelScope(model="loans")).cards if card.key == "coverage"]
    share = found(trimtab, "unlabellable_rate")[0].value
    assert card.value == 1.0
    assert card.note.startswith("half came within 1.5 days, 95 % within 1.5 days; ")
    assert card.note.endswith(f"{100 * share:.0f} % of all rows never can have one")


def test_the_drift_page_shows_what_is_measured_of_all_inputs_at_once(trimtab, file):
    trimtab.watch(SPEC + "multivariate: [pca_reconstruction]\n", reference=file(rows(-10, 10)))
    trimtab.ingest("loans", file(rows(0, 2)), kind="predictions")
    trimtab.monitor()
    view = trimtab.drift_view(DriftScope(model="loans"))
    (card,) = view.together
    assert (card.key, card.status, card.unit) == ("pca_reconstruction", Status.PASS, "sd")
    assert card.low < card.value < card.high
    assert card.limit_low < card.value < card.limit_high
    assert card.n == 400
    assert all(row.feature != "pca_reconstruction" for row in view.rows)
    reference = trimtab.measurements("loans", metric="pca_reconstruction", include_reference=True)
    assert [one.window.index for one in reference] == [*range(-10, 0), 0, 1]
