"""One workspace from rows to incidents, on the real stores, with a registry and a clock of our own."""

from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from core.domain import Health, IncidentStatus, Role, Segment, Status
from core.errors import Conflict, InvalidInput, NotFound, Unavailable
from core.logs.upload import Upload
from core.ports import RegisteredModel, SignatureColumn
from core.trimtab import Trimtab
from core.views.fleet import FleetScope
from core.views.model import ModelScope
from tests.loans import DAY_0, SPEC, rows


@pytest.fixture
def watched(trimtab: Trimtab, file) -> Trimtab:
    trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    return trimtab


def send(trimtab: Trimtab, upload: Upload, kind: str = "predictions"):
    return trimtab.ingest("loans", upload, kind=kind)


# ---------------------------------------------------------------- watch


def test_watching_registers_the_model_and_cuts_the_reference_into_its_own_windows(trimtab, file, registry):
    receipt = trimtab.watch(SPEC, reference=file(rows(-10, 10)))
    assert (receipt.reference_rows, receipt.reference_windows) == (4000, 10)
    assert "loans" in registry.registered


def test_watching_tells_of_columns_that_the_reference_lacks(trimtab, file):
    reference = file(rows(-8, 8))
    assert trimtab.watch(SPEC, reference=reference).notices == ()
    misspelt = SPEC.replace("[income]", "[incomee]")
    for _ in range(2):
        (notice,) = trimtab.watch(misspelt, reference=reference).notices
        assert (notice.column, notice.remedy) == ("incomee", "did you mean income?")
    (notice,) = send(trimtab, file(rows(0, 1, labels=False))).notices
    assert (notice.field, notice.column) == ("features.numeric", "incomee")


def test_a_model_of_another_registry_must_exist_there_or_be_asked_for(trimtab, file):
    named = SPEC.replace("model: loans", "model: prod/loans")
    with pytest.raises(NotFound, match="loans"):
        trimtab.watch(named, reference=file(rows(-2, 2)))
    with pytest.raises(Conflict, match="read-only"):
        trimtab.watch(named, reference=file(rows(-2, 2)), create=True)


def test_a_spec_without_any_reference_says_which_ways_there_are(trimtab):
    with pytest.raises(InvalidInput, match="reference") as caught:
        trimtab.watch(SPEC)
    assert "--reference" in str(caught.value)
    assert trimtab.models() == []


def test_a_reference_that_cannot_be_used_leaves_no_trace(trimtab, file):
    with pytest.raises(InvalidInput, match="period"):
        trimtab.watch(SPEC + "reference: {where: period = 'x'}\n", reference=file(rows(-8, 8)))
    with pytest.raises(NotFound):
        trimtab.verdicts("loans")


def test_a_reference_pinned_for_a_spec_that_was_never_stored_is_pinned_anew(watched, file):
    # As a crash in the middle of watching again leaves it: the reference of another spec, the old spec.
    send(watched, file(rows(0, 2)))
    watched.monitor()
    before = watched.measurements("loans")
    with watched._store.writing() as cursor:
        cursor.execute("UPDATE model_state SET spec_digest = 'of another spec'")
        cursor.execute("DELETE FROM reference_pins")
    assert watched.monitor().windows == 2
    assert [one.identity for one in watched.measurements("loans")] == [one.identity for one in before]
    assert watched.monitor().windows == 0


def test_signature_and_evaluation_data_of_the_champion_serve_where_the_spec_is_silent(
    trimtab, file, registry
):
    evaluation = file(rows(-8, 8))
    registry.registered["loans"] = RegisteredModel(
        registry="local", name="loans", aliases={"champion": "3"}, versions=()
    )
    registry.signatures = {("loans", "3"): [SignatureColumn(name="income", kind="numeric")]}
    registry.evaluation_files = {("loans", "3"): evaluation.path}
    silent = "\n".join(line for line in SPEC.splitlines() if not line.startswith(("features", "version")))
    assert trimtab.watch(silent).reference_rows == 3200
    send(trimtab, file(rows(0, 1)))
    trimtab.monitor()
    found = trimtab.measurements("loans", metric="psi")
    assert {(one.version, one.feature) for one in found if one.role is Role.FEATURE} == {("3", "income")}


def test_a_policy_of_its_own_must_be_sent_along_and_then_decides(trimtab, file):
    named = SPEC + "policy: strict.yaml\n"
    with pytest.raises(InvalidInput, match=r"strict\.yaml"):
        trimtab.watch(named, reference=file(rows(-8, 8)))
    strict = "policy: strict\nextends: default\nrules: {performance: {limits: {roc_auc: {low: 0.999}}}}\n"
    trimtab.watch(named, reference=file(rows(-8, 8)), policy=strict)
    send(trimtab, file(rows(0, 1)))
    trimtab.monitor()
    (verdict,) = [
        v
        for v in trimtab.verdicts("loans")
        if v.measurement.metric == "roc_auc" and not v.measurement.estimated
    ]
    assert (verdict.status, verdict.limit.low) == (Status.FAIL, 0.999)


# ---------------------------------------------------------------- the loop


def test_quiet_days_pass_and_open_nothing(watched, file):
    send(watched, file(rows(0, 6)))
    receipt = watched.monitor()
    assert receipt.windows == 6
    assert receipt.verdicts.get("FAIL", 0) == 0
    assert receipt.incidents == 0
    assert watched.models()[0].status is Health.HEALTHY


def test_drift_that_persists_is_one_incident_with_its_first_window(watched, file):
    send(watched, file(rows(0, 3)))
    send(watched, file(rows(3, 3, shift=1.5)))
    watched.monitor()
    drift = [one for one in watched.incidents(open_only=True) if "income" in one.features]
    assert [one.first_window.index for one in drift] == [3]
    assert watched.models()[0].status is not Health.HEALTHY


def test_what_was_judged_is_not_judged_again_and_a_late_row_reopens_only_its_window(watched, file):
    send(watched, file(rows(0, 4)))
    assert watched.monitor().windows == 4
    assert watched.monitor().windows == 0
    before = {v.id: v for v in watched.verdicts("loans")}
    late = rows(1, 1, seed=99, n=30)
    send(watched, file(late))
    assert watched.monitor().windows == 1
    changed = [v for v in watched.verdicts("loans") if v != before[v.id]]
    assert changed
    assert {v.measurement.window.index for v in changed} == {1}


def test_the_same_file_twice_changes_nothing(watched, file):
    upload = file(rows(0, 2))
    send(watched, upload)
    watched.monitor()
    before = watched.measurements("loans"), watched.verdicts("loans")
    assert send(watched, upload).duplicate == 800
    watched.monitor()
    assert (watched.measurements("loans"), watched.verdicts("loans")) == before


def test_late_labels_join_by_id_and_the_estimate_stays(watched, file):
    whole = rows(0, 2)
    send(watched, file(whole.drop_columns(["repaid"])))
    watched.monitor()
    unlabelled = watched.measurements("loans", metric="roc_auc")
    assert {one.estimated: one.value is None for one in unlabelled} == {False: True, True: False}
    assert {
        v.reason
        for v in watched.verdicts("loans")
        if v.measurement.metric == "roc_auc" and not v.measurement.estimated
    } == {"no labels yet"}
    send(watched, file(whole.select(["id", "repaid"])), kind="labels")
    assert watched.monitor().windows == 2
    assert all(one.value is not None for one in watched.measurements("loans", metric="roc_auc"))


def test_labels_that_came_first_say_nothing_until_their_time_is_over(trimtab, file):
    trimtab.watch(SPEC + "label_delay: 10d\n", reference=file(rows(-10, 10)))
    whole = rows(0, 3)
    send(trimtab, file(whole.drop_columns(["repaid"])))
    bad_first = whole.filter(pa.compute.equal(whole["repaid"], 0)).select(["id", "repaid"])
    send(trimtab, file(bad_first), kind="labels")
    trimtab.monitor()
    performance = [
        v
        for v in trimtab.verdicts("loans")
        if v.measurement.role is Role.PERFORMANCE and not v.measurement.estimated
    ]
    assert {v.status for v in performance} == {Status.UNKNOWN}
    assert {v.reason for v in performance} == {"labels immature"}
    # The other labels, and rows that lie ten days later, ripen the old windows without touching them.
    send(trimtab, file(whole.select(["id", "repaid"])), kind="labels")
    send(trimtab, file(rows(13, 1)))
    trimtab.monitor()
    ripe = {v.status for v in trimtab.verdicts("loans") if v.id in {p.id for p in performance}}
    assert ripe == {Status.PASS}


def test_an_open_window_gives_no_number_but_its_rows_so_far(watched, file, clock):
    clock.at = DAY_0 + timedelta(hours=12)
    send(watched, file(rows(0, 1).slice(0, 200)))
    watched.monitor()
    (only,) = watched.verdicts("loans")
    assert (only.measurement.metric, only.measurement.n, only.reason) == ("row_count", 200, "window open")
    clock.at = DAY_0 + timedelta(days=1)
    assert watched.monitor().windows == 1
    assert len(watched.verdicts("loans")) > 5


def test_a_run_cut_off_before_its_incidents_is_finished_by_the_next(watched, file):
    send(watched, file(rows(0, 3, shift=1.5)))
    watched.monitor()
    opened = watched.incidents()
    assert opened
    # As a crash between the two stores leaves it: judgements on record, incidents not.
    watched._state.save_setting(f"incidents_derived/{watched._state.monitor('loans').key}", "")
    for incident in opened:
        watched._state.save_incidents([replace(incident, cause="as it was before")])
    watched.monitor()
    assert watched.incidents() == opened


def test_the_first_days_serve_as_reference_once_they_are_over(trimtab, file):
    trimtab.watch(SPEC + "reference: {first: 8d}\n")
    send(trimtab, file(rows(0, 5)))
    assert trimtab.monitor().windows == 0
    send(trimtab, file(rows(5, 5)))
    assert trimtab.monitor().windows == 2
    found = trimtab.measurements("loans", metric="row_count")
    assert [(one.window.index, one.value) for one in found] == [(0, 400.0), (1, 400.0)]
    assert found[0].window.start == DAY_0 + timedelta(days=8)


def test_watching_again_keeps_the_rows_and_judges_them_anew(watched, file):
    send(watched, file(rows(0, 4)))
    watched.monitor()
    watched.watch(SPEC.replace("every: 1d", "every: 2d"), reference=file(rows(-12, 12)))
    assert watched.monitor().windows == 2
    assert {one.n for one in watched.measurements("loans", metric="row_count")} == {800}


def test_one_model_that_cannot_be_judged_keeps_no_other_from_it(watched, file):
    watched.watch(
        SPEC.replace("loans", "other") + "policy: own.yaml\n",
        reference=file(rows(-8, 8)),
        policy="extends: default\npolicy: own\n",
    )
    key = watched._state.monitor("other").key
    watched._state.save_setting(f"policy/{key}", "nonsense: [")
    send(watched, file(rows(0, 2)))
    assert watched.monitor().windows == 2
    with pytest.raises(InvalidInput):
        watched.monitor("other")
    assert [check.ok for check in watched.doctor() if check.name == "model other"] == [False]


# ---------------------------------------------------------------- answers


def test_a_verdict_is_found_by_its_id(watched, file):
    send(watched, file(rows(0, 1)))
    watched.monitor()
    for verdict in watched.verdicts("loans"):
        assert watched.verdict(verdict.id) == verdict
    with pytest.raises(NotFound):
        watched.verdict("0" * 16)


def test_exact_numbers_come_in_the_same_places_and_close_to_the_profiles(watched, file):
    send(watched, file(rows(0, 2)))
    watched.monitor()
    binned, exact = watched.measurements("loans"), watched.measurements("loans", exact=True)
    assert [one.identity for one in exact] == [one.identity for one in binned]
    for one, other in zip(binned, exact, strict=True):
        if one.metric in ("roc_auc", "ks", "accuracy", "row_count"):
            assert other.value == pytest.approx(one.value, abs=0.01), one.metric


def test_the_reference_shows_its_own_windows_when_asked(watched, file):
    send(watched, file(rows(0, 1)))
    watched.monitor()
    found = watched.measurements("loans", metric="roc_auc", segment=Segment(), include_reference=True)
    measured = [one.window.index for one in found if not one.estimated]
    assert measured == [*range(-10, 0), 0]


def test_fairness_covers_every_row_and_no_reference_row(watched, file):
    send(watched, file(rows(-5, 5, seed=3)))
    send(watched, file(rows(0, 2)))
    found = watched.fairness("loans", ("sex",))
    rates = [one for one in found.measurements if one.metric == "selection_rate"]
    assert sum(one.n for one in rates) == 7 * 400
    assert (
        sum(
            one.n
            for one in watched.fairness("loans", ("sex",), since=DAY_0).measurements
            if one.metric == "selection_rate"
        )
        == 800
    )
    (ratio,) = [v for v in found.verdicts if v.measurement.metric == "demographic_parity_ratio"]
    assert ratio.status is Status.PASS
    with pytest.raises(InvalidInput, match="race"):
        watched.fairness("loans", ("race",))


def test_comparing_two_files_stores_nothing(trimtab, file):
    same = trimtab.compare(SPEC, file(rows(-8, 8)), file(rows(0, 1)))
    other = trimtab.compare(SPEC, file(rows(-8, 8)), file(rows(0, 1, shift=2.0)))
    assert Status.FAIL not in {v.status for v in same.verdicts}
    assert "income" in {v.measurement.feature for v in other.verdicts if v.status is Status.FAIL}
    assert {one.n for one in same.measurements if one.metric == "row_count"} == {400}
    assert trimtab.models() == []
    with pytest.raises(InvalidInput, match="at"):
        trimtab.compare(SPEC, file(rows(-8, 8)), file(rows(0, 1).drop_columns(["at"])))


def test_incidents_are_looked_after_by_people(watched, file, clock):
    send(watched, file(rows(0, 3, shift=1.5)))
    watched.monitor()
    first = watched.incidents()[0]
    assert watched.acknowledge(first.id, "ann").acknowledged_by == "ann"
    until = clock.at + timedelta(days=1)
    assert watched.snooze(first.id, until, "ann").snoozed_until == until
    assert watched.resolve(first.id, "new partner", "ann").status is IncidentStatus.RESOLVED
    assert first.id not in {one.id for one in watched.incidents(open_only=True)}
    watched.monitor()
    assert first.id not in {one.id for one in watched.incidents(open_only=True)}


def test_the_fleet_is_read_from_the_mirror_when_the_registry_is_down(watched, registry):
    registry.registered["unwatched"] = RegisteredModel(
        registry="local", name="unwatched", aliases={}, versions=()
    )
    watched.refresh_registry()
    registry.down = True
    watched.refresh_registry()
    assert {(one.name, one.monitored) for one in watched.models()} == {("loans", True), ("unwatched", False)}
    assert watched.fleet_view(FleetScope()).registry_problem
    assert [check.ok for check in watched.doctor() if check.name == "registry local"] == [False]


def test_views_of_what_does_not_exist_are_not_found(trimtab):
    with pytest.raises(NotFound):
        trimtab.model_view(ModelScope(model="nobody"))
    with pytest.raises(NotFound):
        trimtab.verdicts("nobody")


def test_a_closed_workspace_says_so(trimtab):
    trimtab.close()
    with pytest.raises(Unavailable):
        trimtab.verdict("x")
