"""Each story does what the truth says, and nothing before."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score


def event(truth, model: str, kind: str) -> dict:
    return next(event for event in truth["models"][model]["events"] if event["kind"] == kind)


def test_every_story_is_in_the_truth(truth):
    from core.demo.rows import DAYS
    from core.demo.stories import STORIES

    assert truth["days"] == DAYS
    assert set(truth["models"]) == {story.name for story in STORIES}


def test_lending_loses_its_grip_when_the_partner_channel_opens(tell, truth):
    told = tell("lending")
    day = event(truth, "lending", "estimated")["day"]
    before, after = told.day < day, told.day >= day
    auc = [roc_auc_score(told.rows.label[part], told.answers.score[part]) for part in (before, after)]
    assert auc[0] > 0.84
    assert auc[1] < auc[0] - 0.035
    assert not np.any(told.rows.text["channel"][before] == "partner")
    assert np.mean(told.rows.text["channel"][after] == "partner") == pytest.approx(0.50, abs=0.02)


def test_the_under_25s_are_approved_at_their_ratio_from_the_start(tell, truth):
    told = tell("lending")
    wanted = event(truth, "lending", "fairness")["value"]
    young = told.rows.sensitive["age_band"] == "under 25"
    early = told.day < 75
    ratio = np.mean(told.answers.prediction[young & early]) / np.mean(told.answers.prediction[~young & early])
    assert ratio == pytest.approx(wanted, abs=0.025)
    for window in range(15):
        part = told.day // 5 == window
        p, q = np.mean(told.answers.prediction[young & part]), np.mean(told.answers.prediction[~young & part])
        n, m = np.sum(young & part), np.sum(~young & part)
        error = np.sqrt((1 - p) / (n * p) + (1 - q) / (m * q))
        assert p / q * np.exp(1.96 * error) < 0.80


def test_defaults_are_known_first(tell):
    rows = tell("lending").rows
    delay = (rows.label_s - rows.event_s) / 86_400
    assert np.all(delay[rows.label == 1] == 21)
    assert np.all(delay[rows.label == 0] < 21)


def test_one_site_loses_its_laboratory(tell, truth):
    told = tell("readmission")
    wanted = event(truth, "readmission", "quality")
    north = told.rows.text["site"] == "north"
    after = told.day >= wanted["day"]
    for column in wanted["columns"]:
        missing = np.isnan(told.rows.numeric[column])
        assert np.all(missing[north & after])
        assert np.mean(missing[~after]) == pytest.approx(0.02, abs=0.003)
        assert np.mean(missing[after & ~north]) == pytest.approx(0.02, abs=0.003)


def test_one_group_is_missed_more_often_after_the_coding_change(tell, truth):
    told = tell("readmission")
    wanted = event(truth, "readmission", "performance")
    ((column, group),) = wanted["segment"].items()
    positives = (told.rows.label == 1) & (told.rows.sensitive[column] == group)
    others = (told.rows.label == 1) & (told.rows.sensitive[column] != group)
    missed = told.answers.prediction == 0
    before, after = told.day < wanted["day"], told.day >= wanted["day"]
    assert np.mean(missed[positives & before]) == pytest.approx(wanted["from"], abs=0.02)
    assert np.mean(missed[positives & after]) == pytest.approx(wanted["to"], abs=0.02)
    assert np.mean(missed[others & after]) == pytest.approx(wanted["from"], abs=0.03)
    assert min(np.sum(positives[told.day // 5 == window]) for window in range(24)) >= 300
    assert np.mean(told.rows.label) == pytest.approx(0.11, abs=0.005)


def test_the_coding_change_leaves_every_input_as_it_was(tell):
    told = tell("readmission")
    before, after = (told.day >= 60) & (told.day < 70), told.day >= 70
    for name, values in told.rows.numeric.items():
        sd = np.nanstd(values)
        assert np.nanmean(values[after]) == pytest.approx(np.nanmean(values[before]), abs=0.05 * sd), name


def test_demand_outgrows_the_forecast(tell, truth):
    told = tell("reorder-demand")
    day = event(truth, "reorder-demand", "performance")["day"]
    error = told.answers.prediction - told.rows.label
    before = [np.mean(error[told.day // 4 == window]) for window in range(day // 4)]
    after = [np.mean(error[told.day // 4 == window]) for window in range(day // 4, 30)]
    assert max(map(abs, before)) < 0.6
    assert after[0] < -0.8
    assert max(after) == after[0]


def test_nothing_happens_to_the_control_model(tell):
    told = tell("control")
    halves = [told.day < 60, told.day >= 60]
    auc = [roc_auc_score(told.rows.label[half], told.answers.score[half]) for half in halves]
    assert auc[0] == pytest.approx(auc[1], abs=0.025)
    assert np.mean(told.rows.label[halves[0]]) == pytest.approx(np.mean(told.rows.label[halves[1]]), abs=0.02)
