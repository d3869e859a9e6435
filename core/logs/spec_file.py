"""A model's spec as people write it, in YAML or JSON, turned into a :class:`core.spec.MonitorSpec`."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches

from core.domain import Risk, Task
from core.errors import InvalidInput, suggestion
from core.logs.classes import canonical
from core.logs.segment_rules import read_seasonality, read_segments
from core.logs.spec_values import Values
from core.logs.training_rule import read_training
from core.logs.yaml_document import load_mapping
from core.sources import BACKENDS
from core.spec import (
    MULTIVARIATE,
    Columns,
    Condition,
    Features,
    MonitorSpec,
    ReferenceRule,
    SourceRule,
    WindowRule,
)

OWN_REGISTRY = "local"
_KEYS = (
    "model", "version", "task", "columns", "positive", "features", "sensitive", "window", "reference",
    "label_delay", "owner", "unit", "risk", "use_case", "on_call", "runbook", "training", "policy",
    "deployment", "multivariate", "attributions", "source", "segments", "labellable", "seasonality",
    "immutable", "region",
)  # fmt: skip
_COLUMN_KEYS = (
    "id", "timestamp", "version", "prediction", "score", "label", "latency_ms", "status", "labelled_at",
)  # fmt: skip
_SOURCE_KEYS = ("backend", "table", "connection")
_DEFAULT_ROWS = 5000


def parse_spec(text: str, *, registries: Sequence[str] = (OWN_REGISTRY,)) -> MonitorSpec:
    """Read a spec; every problem in it is reported at once.

    Parameters
    ----------
    text
        The YAML (hence also JSON) document.
    registries
        Short names of the workspace's registries, its own among them. ``model: name`` means the
        workspace's own, ``model: registry/name`` another.

    Raises
    ------
    InvalidInput
        The document is not YAML, has unknown keys, or values that mean nothing.

    Examples
    --------
    >>> spec = parse_spec("{model: m, task: binary, columns: {score: p}, window: {rows: 100}}")
    >>> spec.registry, spec.positive, dict(spec.columns.scores), spec.window.rows
    ('local', '1', {'1': 'p'}, 100)
    """
    reader = _Reader(load_mapping(text))
    spec = reader.spec(text, registries)
    if reader.problems:
        raise InvalidInput("The spec", reader.problems)
    return spec


class _Reader(Values):
    """Takes a document apart, collecting problems instead of stopping at the first."""

    def spec(self, text: str, registries: Sequence[str]) -> MonitorSpec:
        self.only("", self.document, _KEYS)
        registry, model = self.model(registries)
        columns_in = self.section("columns", _COLUMN_KEYS)
        task = self.task(columns_in)
        positive = self.positive(task)
        columns = self.columns(columns_in, task, positive)
        sensitive = self.names("sensitive", self.document.get("sensitive"))
        features = self.features(columns)
        attributions, pattern = self.attributions(features)
        window = self.window(columns)
        return MonitorSpec(
            model=model,
            registry=registry,
            task=task,
            columns=columns,
            window=window,
            reference=self.reference(columns),
            version=self.text("version"),
            positive=positive,
            features=features,
            sensitive=sensitive,
            immutable=self.names("immutable", self.document.get("immutable")),
            segments=read_segments(self.document.get("segments"), self.problem),
            seasonality=read_seasonality(self.document.get("seasonality"), window, self.problem),
            label_delay=self.duration("label_delay", self.document.get("label_delay")) or timedelta(0),
            owner=self.text("owner"),
            unit=self.text("unit"),
            region=self.text("region"),
            risk=self.choice("risk", Risk) or Risk.MEDIUM,
            use_case=self.text("use_case"),
            on_call=self.text("on_call"),
            runbook=self.text("runbook"),
            deployment=self.text("deployment"),
            training=read_training(self.document.get("training"), self.problem),
            policy=self.text("policy") or "default",
            multivariate=self.known("multivariate", MULTIVARIATE),
            attributions=attributions,
            attribution_pattern=pattern,
            source=self.source(columns, window),
            labellable=self.labellable(columns),
            text=text,
        )

    # ------------------------------------------------------------------ parts

    def model(self, registries: Sequence[str]) -> tuple[str, str]:
        name = self.text("model")
        if not name:
            self.problem("model", "is missing", "write model: NAME or model: REGISTRY/NAME")
            return OWN_REGISTRY, "unnamed"
        registry, slash, bare = name.rpartition("/")
        if not slash:
            return OWN_REGISTRY, name
        if registry not in registries:
            close = get_close_matches(registry, registries, n=1)
            known = f"did you mean {close[0]}?" if close else f"this workspace knows {', '.join(registries)}"
            self.problem("model", f"there is no registry '{registry}'", known)
        if not bare:
            self.problem("model", "has no name after the slash", "write model: REGISTRY/NAME")
        return registry, bare or "unnamed"

    def task(self, columns: Mapping[str, object]) -> Task:
        outcome = [key for key in ("prediction", "score", "label") if columns.get(key) is not None]
        if self.document.get("task") is None:
            if outcome:
                self.problem(
                    "task", "is missing", f"write task: {', '.join(Task)}; columns.{outcome[0]} needs it"
                )
            return Task.BINARY
        return self.choice("task", Task) or Task.BINARY

    def positive(self, task: Task) -> str | None:
        value = self.document.get("positive")
        if value is None:
            return "1" if task is Task.BINARY else None
        if task is not Task.BINARY:
            self.problem("positive", f"means nothing for {task}", "leave it out")
            return None
        if isinstance(value, str | int | float):
            return canonical(value)
        self.problem("positive", "is not a class", "write the class's text or number")
        return None

    def columns(self, columns: Mapping[str, object], task: Task, positive: str | None) -> Columns:
        roles = {key: self.name(f"columns.{key}", columns.get(key)) for key in _COLUMN_KEYS if key != "score"}
        scores = self.scores(columns.get("score"), task, positive)
        return Columns(scores=scores, **roles)

    def scores(self, value: object, task: Task, positive: str | None) -> dict[str, str]:
        field = "columns.score"
        if value is None:
            return {}
        if task is Task.REGRESSION:
            self.problem(field, "means nothing for regression", "leave it out")
            return {}
        if isinstance(value, dict):
            named = {
                canonical(key): name
                for key, column in value.items()
                if (name := self.name(f"{field}.{key}", column)) is not None
            }
            if task is Task.BINARY:
                if positive not in named:
                    self.problem(
                        field, f"has no column for the positive class '{positive}'", "name its column"
                    )
                named = {key: column for key, column in named.items() if key == positive}
            return named
        if task is Task.MULTICLASS:
            self.problem(field, "needs one column per class", "write score: {CLASS: COLUMN, …}")
            return {}
        column = self.name(field, value)
        return {} if column is None else {positive or "1": column}

    def features(self, columns: Columns) -> Features | None:
        if self.document.get("features") is None:
            return None
        section = self.section("features", ("numeric", "categorical"))
        numeric = self.names("features.numeric", section.get("numeric"))
        categorical = self.names("features.categorical", section.get("categorical"))
        for name in sorted(set(numeric) & set(categorical)):
            self.problem("features", f"'{name}' is listed as numeric and as categorical", "keep one of them")
        for role in (columns.label, columns.id):
            if role is not None and role in {*numeric, *categorical}:
                self.problem(
                    "features", f"'{role}' has another role under columns", "take it out of features"
                )
        return Features(numeric=numeric, categorical=categorical)

    def attributions(self, features: Features | None) -> tuple[dict[str, str], str | None]:
        """Return feature → column of its attributions, and the pattern that names those columns."""
        field, value = "attributions", self.document.get("attributions")
        names = () if features is None else (*features.numeric, *features.categorical)
        if value is None:
            return {}, None
        if isinstance(value, str):
            if value.count("*") != 1 or value == "*":
                self.problem(
                    field, f"'{value}' is not a pattern", "write shap_*, where * is a feature's name"
                )
                return {}, None
            return {name: value.replace("*", name) for name in names}, value
        if not isinstance(value, dict):
            self.problem(field, "is not a mapping", "write {feature: column}, or a pattern such as shap_*")
            return {}, None
        for name in (str(key) for key in value if features is not None and key not in names):
            close = get_close_matches(name, names, n=1)
            remedy = f"did you mean {close[0]}?" if close else "list it under features"
            self.problem(f"{field}.{name}", "is not a feature", remedy)
        named = {str(key): self.name(f"{field}.{key}", column) for key, column in value.items()}
        return {key: column for key, column in named.items() if column is not None}, None

    def window(self, columns: Columns) -> WindowRule:
        if self.document.get("window") is None:
            if columns.timestamp is None:
                return WindowRule(rows=_DEFAULT_ROWS)
            return WindowRule(every=timedelta(days=1))
        section = self.section("window", ("every", "rows"))
        rows, every = section.get("rows"), self.duration("window.every", section.get("every"))
        if ("every" in section) == ("rows" in section):
            self.problem("window", "needs either every or rows", "write {every: 1d} or {rows: 5000}")
            return WindowRule(rows=_DEFAULT_ROWS)
        if "rows" in section:
            if isinstance(rows, bool) or not isinstance(rows, int) or rows < 1:
                self.problem("window.rows", f"'{rows}' is not a positive whole number", "write rows: 5000")
                rows = _DEFAULT_ROWS
            return WindowRule(rows=rows)
        if columns.timestamp is None:
            self.problem("window.every", "needs columns.timestamp", "name it, or write {rows: 5000}")
        if every is not None and every < timedelta(seconds=1):
            self.problem("window.every", "is under a second", "write at least 1s")
        return WindowRule(every=every or timedelta(days=1))

    def reference(self, columns: Columns) -> ReferenceRule:
        section = self.section("reference", ("where", "first"))
        first = self.duration("reference.first", section.get("first"))
        if first is not None and columns.timestamp is None:
            self.problem("reference.first", "needs columns.timestamp", "name it, or use where")
        if first is not None and first <= timedelta(0):
            self.problem("reference.first", "is no time at all", "write first: 28d")
        if "where" in section and "first" in section:
            self.problem("reference", "has both where and first", "keep one of them")
        return ReferenceRule(where=self.conditions("reference.where", section.get("where")), first=first)

    def labellable(self, columns: Columns) -> tuple[Condition, ...]:
        found = self.conditions("labellable", self.document.get("labellable"))
        if found and columns.label is None:
            self.problem("labellable", "means nothing without columns.label", "name the label's column")
        if columns.label in {one.column for one in found}:
            self.problem("labellable", "speaks of the label itself", "use what is known when the row is sent")
        return found

    def source(self, columns: Columns, window: WindowRule) -> SourceRule | None:
        section = self.section("source", _SOURCE_KEYS)
        if not section:
            return None
        texts = {key: self.name(f"source.{key}", section.get(key)) for key in _SOURCE_KEYS}
        backend, table = texts["backend"], texts["table"]
        if table is None:
            self.problem("source.table", "is missing", "name the table that holds the predictions")
        if backend not in BACKENDS:
            self.problem(
                "source.backend", f"'{backend}' is not an engine", suggestion(str(backend), BACKENDS)
            )
        if columns.timestamp is None:
            self.problem("source", "needs columns.timestamp", "name the column of event times")
        if window.every is None or window.every % timedelta(seconds=1):
            remedy = "write window: {every: 1d}"
            self.problem("source", "needs windows of whole seconds", remedy)
        for key in ("multivariate", "attributions", "labellable"):
            if self.document.get(key):
                self.problem(key, "needs rows, which a source keeps", "leave one of them out")
        return SourceRule(
            backend=backend or "", table=table or "", connection=texts["connection"] or backend or ""
        )
