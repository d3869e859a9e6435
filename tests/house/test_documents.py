"""What can be set or measured is told: the documents are checked against the code."""

import re

from core.alert_settings import ALERT_KEYS, CHANNEL_KEYS, ROUTE_KEYS
from core.config import LEDGER_KEYS, NUMBERS, TRAINING_KEYS, Settings
from core.deployments import DEPLOYMENT_KEYS
from core.identity_settings import IDENTITY_KEYS
from core.metrics.catalogue import CATALOGUE
from core.registry_settings import REGISTRY_KEYS
from core.retention import CLASSES, Retention, span_text
from core.sources import SOURCE_KEYS
from tests.house.project import ROOT

ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def text_of(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_every_setting_is_documented_and_no_other() -> None:
    documented = set(ROW.findall(text_of("settings.md")))
    variables = {name for name in documented if name.isupper()}
    kept = {f"retention.{name}" for name in CLASSES}
    of_alerts = {f"alerts.{name}" for name in ALERT_KEYS} | {*CHANNEL_KEYS, *ROUTE_KEYS}
    of_identity = {f"identity.{name}" for name in IDENTITY_KEYS}
    of_ledger = {f"ledger.{name}" for name in LEDGER_KEYS}
    of_training = {f"training.{name}" for name in TRAINING_KEYS}
    assert documented - variables == {
        *NUMBERS,
        *REGISTRY_KEYS,
        *DEPLOYMENT_KEYS,
        *kept,
        *of_alerts,
        *of_identity,
        *of_ledger,
        *of_training,
    }


def test_the_documented_defaults_are_the_defaults() -> None:
    for key, (smallest, _) in NUMBERS.items():
        default = Settings.__dataclass_fields__[key.rpartition(".")[2]].default
        assert f"| `{key}` | {default:g} | {smallest:g} |" in text_of("settings.md")
    for name in CLASSES:
        assert f'| `retention.{name}` | `"{span_text(Retention().of(name))}"` |' in text_of("settings.md")


def test_every_environment_variable_is_documented() -> None:
    documented = set(ROW.findall(text_of("settings.md")))
    used = {
        name
        for path in (ROOT / "core").rglob("*.py")
        for name in re.findall(r"\bTRIMTAB_[A-Z_]+\b", path.read_text(encoding="utf-8"))
    }
    assert used <= documented


def test_every_key_of_a_source_is_documented_and_no_other() -> None:
    assert set(ROW.findall(text_of("sources.md"))) == set(SOURCE_KEYS)


def test_every_metric_is_documented() -> None:
    text = text_of("metrics.md")
    missing = [metric.name for metric in CATALOGUE if f"`{metric.name}`" not in text]
    assert not missing


def test_every_metric_says_where_it_comes_from() -> None:
    bare = [
        metric.name for metric in CATALOGUE if not (metric.formula and metric.source and metric.no_change)
    ]
    assert not bare
