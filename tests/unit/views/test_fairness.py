"""The Fairness view on real stores: what it shows, withholds, leaves out; that it agrees with the command."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.config import Workspace, create_workspace
from core.domain import Measurement, Segment, Status
from core.errors import NotFound
from core.logs.upload import Upload, sniff
from core.pooled import Stretch
from core.store import AnalyticsStore, StateStore
from core.trimtab import Trimtab
from core.views.activity import ActivityScope
from core.views.fairness import FairnessScope, FairnessView
from core.views.model import ModelScope
from tests.fair_loans import BINARY, CLASSES, REGRESSION, rows
from tests.fakes import FakeRegistry, FixedClock
from tests.loans import DAY_0, SPEC
from tests.loans import rows as plain_rows

File = Callable[[pa.Table], Upload]


def watched(trimtab: Trimtab, file: File, spec: str = BINARY) -> Trimtab:
    """Eight reference days; five days with labels, two without, and one that hardly anybody came on."""
    trimtab.watch(spec, reference=file(rows(-8, 8)))
    trimtab.ingest("loans", file(rows(0, 5)), kind="predictions")
    trimtab.ingest("loans", file(rows(5, 2, labels=False)), kind="predictions")
    trimtab.ingest("loans", file(rows(7, 1, n=5, labels=False)), kind="predictions")
    trimtab.monitor("loans")
    return trimtab


@pytest.fixture(scope="module")
def loans(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trimtab]:
    """The binary model, judged once; nothing here changes it."""
    folder = tmp_path_factory.mktemp("fair")
    opened = Trimtab(
        settings=create_workspace(Workspace(folder / "workspace"), {}),
        store=AnalyticsStore.open(None),
        state=StateStore.open(None),
        registries={"local": FakeRegistry()},
        clock=FixedClock(DAY_0 + timedelta(days=30)),
    )
    counter = iter(range(100))

    def write(table: pa.Table) -> Upload:
        path = folder / f"{next(counter)}.parquet"
        pq.write_table(table, path)
        return sniff(path)

    yield watched(opened, write)
    opened.close()


def view(trimtab: Trimtab, **scope: object) -> FairnessView:
    return trimtab.fairness_view(FairnessScope(model="loans", **scope))  # type: ignore[arg-type]


def by_metric(found: tuple[Measurement, ...], metric: str) -> dict[Segment, Measurement]:
    return {one.segment: one for one in found if one.metric == metric and one.segment.pairs}


def test_the_windows_together_are_what_the_command_prints(loans: Trimtab) -> None:
    for attribute in ("sex", "region"):
        for last in (None, 3):
            shown = view(loans, attribute=attribute, last=last)
            stretch = Stretch(first=0 if last is None else 5, last=7)
            told = loans.fairness("loans", [attribute], stretch=stretch)
            (verdict,) = told.verdicts
            assert shown.verdict is not None
            assert (shown.verdict.status, shown.verdict.sentence) == (verdict.status, verdict.sentence)
            assert f"--by {attribute} --windows {stretch.first}..{stretch.last}" in shown.verdict.command
            rates = by_metric(told.measurements, "selection_rate")
            for level in shown.levels:
                one = rates[Segment.of({attribute: level.name})]
                assert (level.value, level.low, level.high, level.n_behind) == (
                    one.value, one.low, one.high, one.n,
                )  # fmt: skip


def test_one_window_shows_its_stored_verdicts(loans: Trimtab) -> None:
    stored = {one.id: one for one in loans.verdicts("loans")}
    seen = 0
    for index in range(8):
        for attribute in ("sex", "region"):
            for measure in ("selection_rate", "false_negative_rate"):
                shown = view(loans, attribute=attribute, measure=measure, window=index)
                assert shown.verdict is not None
                assert shown.verdict.verdict_id is not None
                own = stored[shown.verdict.verdict_id]
                assert (shown.verdict.status, shown.verdict.sentence) == (own.status, own.sentence)
                assert own.measurement.window.index == index
                for level in shown.levels:
                    if level.verdict_id is not None and level.value is not None:
                        assert level.value == stored[level.verdict_id].measurement.value
                        seen += 1
    assert seen > 10


def test_a_gap_fails_and_is_drawn_outside_the_band(loans: Trimtab) -> None:
    shown = view(loans)
    assert shown.attribute == "region", "the column with the least ratio comes first"
    assert shown.verdict is not None
    assert shown.verdict.status is Status.FAIL
    marks = {one.name: one.mark for one in shown.contrasts}
    assert marks == {"north": "reference", "south": "outside", "islands": marks["islands"]}
    assert "Outside the band: south" in shown.contrast_note
    south = next(one for one in shown.contrasts if one.name == "south")
    assert south.high is not None
    assert south.high < 0.8
    assert f"{south.high:.3f}" in shown.verdict.sentence, "the mark stands on the verdict's own interval"


def test_a_chosen_reference_group_stands_at_one(loans: Trimtab) -> None:
    shown = view(loans, attribute="region", against="south")
    assert shown.is_chosen
    north = next(one for one in shown.contrasts if one.name == "north")
    told = loans.fairness("loans", ["region"], against="south", stretch=Stretch(first=0, last=7))
    ratio = by_metric(told.measurements, "selection_rate_ratio")[Segment.of({"region": "north"})]
    assert north.value == pytest.approx(ratio.value, abs=1e-12)
    assert north.mark == "outside"


def test_what_needs_labels_leaves_out_windows_that_wait_for_them(loans: Trimtab) -> None:
    shown = view(loans, measure="true_positive_rate")
    assert (shown.labels.n_waiting, shown.labels.n_windows, shown.n) == (1805, 3, 6305)
    assert (
        "1,805 of 6,305 rows, in 3 windows, wait for their labels (label delay 2 days)" in shown.labels.text
    )
    ripe = loans.fairness("loans", ["region"], stretch=Stretch(first=0, last=4))
    rates = by_metric(ripe.measurements, "true_positive_rate")
    assert {one.name: one.value for one in shown.levels if one.value is not None} == {
        dict(segment.pairs)["region"]: one.value for segment, one in rates.items() if one.n >= 30
    }
    assert view(loans).labels.text == "", "a selection rate waits for nothing"
    young = view(loans, measure="true_positive_rate", window=6)
    assert all(one.value is None for one in young.levels)
    assert {one.note for one in young.levels if one.n >= 30} == {"labels immature"}
    assert "wait for their labels" in young.tradeoff.missing


def test_small_groups_are_withheld_and_get_no_mark(loans: Trimtab) -> None:
    shown = view(loans, attribute="region", window=0)
    islands = next(one for one in shown.levels if one.name == "islands")
    assert 0 < islands.n < 30
    assert (islands.value, islands.low, islands.note) == (None, None, "fewer than 30 rows")
    assert next(one for one in shown.contrasts if one.name == "islands").mark == "unknown"
    crossing = view(loans, attribute="region", last=3).crossing
    assert crossing is not None
    small = [one for one in crossing.cells if one.n < 30]
    assert all(one.value is None and one.ratio is None and one.mark == "unknown" for one in small)
    assert all(one.mark == "unknown" for one in crossing.cells if one.n < 100)


def test_where_every_group_is_small_the_page_says_so(trimtab: Trimtab, file: File) -> None:
    trimtab.watch(BINARY, reference=file(rows(-8, 8)))
    trimtab.ingest("loans", file(rows(0, 2, n=40)), kind="predictions")
    trimtab.monitor("loans")
    shown = view(trimtab, attribute="sex", window=0)
    assert shown.reference is None
    assert shown.contrasts == ()
    assert "100 rows" in shown.contrast_note
    assert shown.verdict is not None
    assert shown.verdict.status is Status.UNKNOWN


def test_crossed_groups_are_the_command_s_intersections(loans: Trimtab) -> None:
    crossing = view(loans, attribute="region", cross="sex").crossing
    assert crossing is not None
    told = loans.fairness("loans", ["region", "sex"], stretch=Stretch(first=0, last=7))
    rates = by_metric(told.measurements, "selection_rate")
    assert len(crossing.cells) == len(rates) == 6
    for cell in crossing.cells:
        assert cell.n == rates[Segment.of({"region": cell.row, "sex": cell.column})].n
    assert crossing.verdict is not None
    assert crossing.verdict.sentence == told.verdicts[0].sentence
    assert "2 of 6 crossed groups lie wholly outside" in crossing.sentence


def test_thresholds_are_exact_at_the_edges_of_the_score(loans: Trimtab) -> None:
    found = view(loans, attribute="region").tradeoff
    table = rows(0, 5)
    score, label = table["score"].to_numpy(), table["repaid"].to_numpy()
    region = np.array(table["region"].to_pylist())
    assert found.now is not None
    assert found.now.threshold == pytest.approx(0.5)
    for point in (found.now, found.points[3], found.points[-4]):
        assert point.threshold is not None
        called = score > point.threshold
        assert point.accuracy == pytest.approx((called == (label == 1)).mean(), abs=1e-12)
        rates = {name: called[region == name].mean() for name in ("north", "south", "islands")}
        assert point.ratio == pytest.approx(min(rates.values()) / max(rates.values()), abs=1e-12)
        assert point.worst == min(rates, key=rates.__getitem__)
    assert "At today's threshold of 0.50 the worst ratio is" in found.sentence


def test_over_time_every_group_has_its_stored_numbers(loans: Trimtab) -> None:
    shown = view(loans, attribute="region", measure="selection_rate").history
    stored = loans.measurements("loans", metric="selection_rate")
    for series in shown.groups:
        own = [one for one in stored if one.segment == Segment.of({"region": series.segment})]
        told = [(point.index, point.value) for point in series.measured]
        assert told == [(one.window.index, one.value if one.n >= 30 else None) for one in own]
    assert shown.between is not None
    assert [point.status for point in shown.between.measured][:3] == [Status.FAIL] * 3
    assert shown.incidents, "an unequal ratio that lasts is an incident, and is on the figure"
    assert view(loans, attribute="region", group="north").history.picked == "north"


def test_incidents_and_the_card_lead_to_what_failed(loans: Trimtab) -> None:
    """The link's own window and measure show the verdict that failed."""
    model = loans.model_view(ModelScope(model="loans"))
    found = [one.fairness for one in model.incidents if one.rule == "fairness"]
    shown = [one.fairness for one in loans.activity_view(ActivityScope()).unresolved]
    assert found
    assert [one for one in shown if one is not None] == found
    for link in found:
        assert link is not None
        led = view(loans, attribute=link.attribute, measure=link.measure, window=link.window)
        assert led.verdict is not None
        assert led.verdict.status is Status.FAIL
    (card,) = (one for one in model.cards if one.key == "fairness")
    assert card.fairness is not None
    assert (card.fairness.window, card.fairness.measure) == (card.window_index, "selection_rate")


def test_a_regression_model_compares_errors(trimtab: Trimtab, file: File) -> None:
    watched(trimtab, file, REGRESSION)
    shown = view(trimtab, attribute="region")
    assert [name for name, _ in shown.measures] == ["mae", "bias"]
    assert shown.comparison == "ratio"
    told = trimtab.fairness("loans", ["region"], stretch=Stretch(first=0, last=7))
    rates = by_metric(told.measurements, "mae")
    assert {one.name: one.value for one in shown.levels} == {
        dict(segment.pairs)["region"]: one.value for segment, one in rates.items()
    }
    bias = view(trimtab, attribute="region", measure="bias")
    assert bias.comparison == "difference"
    south = next(one for one in bias.contrasts if one.name == "south")
    assert {one.mark for one in (south,)} <= {"crosses", "reference"}
    assert "binary model" in bias.tradeoff.missing


def test_of_several_classes_one_is_picked(trimtab: Trimtab, file: File) -> None:
    watched(trimtab, file, CLASSES)
    shown = view(trimtab, attribute="region", of_class="gold")
    assert set(shown.classes) == {"basic", "gold", "plus"}
    days = (rows(0, 5), rows(5, 2), rows(7, 1, n=5))
    table = pa.concat_tables([one.select(["plan", "region"]) for one in days])
    plan, region = (np.array(table[name].to_pylist()) for name in ("plan", "region"))
    for level in shown.levels:
        assert level.value == pytest.approx((plan[region == level.name] == "gold").mean(), abs=1e-12)
    assert [len(one.measured) for one in shown.history.groups] == [7, 8, 8]
    assert shown.verdict is not None
    assert "--class gold" in shown.verdict.command
    told = trimtab.fairness("loans", ["region"], stretch=Stretch(first=0, last=7), of_class="gold")
    assert shown.verdict.sentence == told.verdicts[0].sentence
    whole = trimtab.fairness("loans", ["region"])
    assert {one.metric for one in whole.measurements} == {"accuracy"}, "no class, no rate of one"


def test_a_model_without_groups_says_what_to_write(trimtab: Trimtab, file: File) -> None:
    trimtab.watch(SPEC.replace("sensitive: [sex]\n", ""), reference=file(plain_rows(-3, 3)))
    shown = view(trimtab)
    assert shown.empty_title == "No groups to compare"
    assert "names no sensitive column" in shown.empty_reason


def test_before_the_first_window_closes_there_is_nothing(trimtab: Trimtab, file: File) -> None:
    trimtab.watch(BINARY, reference=file(rows(-3, 3)))
    assert "No window of loans has closed yet" in view(trimtab).empty_reason
    assert trimtab.fairness_view(FairnessScope()).name == "loans"


def test_without_labels_only_selection_is_compared(trimtab: Trimtab, file: File) -> None:
    spec = BINARY.replace(", label: repaid", "").replace("label_delay: 2d\n", "")
    trimtab.watch(spec, reference=file(rows(-8, 8, labels=False)))
    trimtab.ingest("loans", file(rows(0, 3, labels=False)), kind="predictions")
    trimtab.monitor("loans")
    shown = view(trimtab)
    assert [name for name, _ in shown.measures] == ["selection_rate"]
    assert "this model's rows carry none" in shown.tradeoff.missing


@pytest.mark.parametrize(
    ("scope", "kind"),
    [
        ({"attribute": "shoe_size"}, "sensitive column"),
        ({"measure": "kindness"}, "fairness measure"),
        ({"window": 99}, "closed window"),
        ({"against": "east"}, "group"),
    ],
)
def test_what_the_link_names_but_nobody_knows_is_said(
    loans: Trimtab, scope: dict[str, object], kind: str
) -> None:
    with pytest.raises(NotFound) as refused:
        view(loans, **scope)
    assert refused.value.kind == kind


def test_an_unknown_model_is_not_found_and_an_empty_workspace_says_so(trimtab: Trimtab) -> None:
    assert "No model is monitored yet" in trimtab.fairness_view(FairnessScope()).empty_reason
    with pytest.raises(NotFound):
        view(trimtab)
