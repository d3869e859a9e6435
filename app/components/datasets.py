"""Data sets and features as lists: which versions there are, who uses them, how far features drifted."""

from typing import TYPE_CHECKING

import pyarrow as pa
import streamlit as st

from app import formats
from app.components import dataset_drift, states
from app.components.status import status_text
from core.client import Client
from core.errors import TrimtabError
from core.views.datasets import Dataset, DatasetScope, DatasetsView, DatasetVersion, FeatureRow, FeatureUse

if TYPE_CHECKING:
    from streamlit.elements.lib.column_types import ColumnConfig

_ROW = 37
_MOST_TALL = 14


def board(client: Client, model: str | None) -> None:
    """Show the data sets and features of one model, or of all."""
    try:
        view = client.datasets_view(DatasetScope(model=model))
    except TrimtabError as error:
        states.failure("data sets and features", error)
        return
    of = "" if model is None else f" of {model}"
    _datasets(view, of)
    dataset_drift.board(client, view)
    _features(view, of)


def _datasets(view: DatasetsView, of: str) -> None:
    if not view.datasets:
        states.empty(
            f"No data set{of} is known",
            "Runs name them as their inputs; a retraining names its snapshot.",
            icon=":material/table:",
        )
        return
    st.subheader(formats.plain(f"Data sets{of}"), anchor=False)
    versions = [(one, version) for one in view.datasets for version in one.versions]
    columns = {
        "name": [one.name for one, _ in versions],
        "digest": [version.digest for _, version in versions],
        "used": [version.used_for or formats.NONE for _, version in versions],
        "rows": pa.array([version.n_rows for _, version in versions], pa.int64()),
        "columns": pa.array([len(version.columns) or None for _, version in versions], pa.int64()),
        "made": [", ".join(version.versions) or formats.NONE for _, version in versions],
        "live": [", ".join(version.live) or formats.NONE for _, version in versions],
        "changed": [_changed(one, version) for one, version in versions],
        "source": [", ".join(one.sources) or formats.NONE for one, _ in versions],
        "labels": [version.labels or formats.NONE for _, version in versions],
    }
    # A column that says nothing of any data set would push the others out of sight.
    told = {name: values for name, values in columns.items() if set(values) != {formats.NONE}}
    st.dataframe(
        pa.table(told),
        column_config=_dataset_columns(),
        hide_index=True,
        row_height=_ROW,
        placeholder=formats.NONE,
        height=_tall(len(versions)),
        key="datasets",
        alt="Versions of data sets with rows, columns, the model versions made of them and their labels",
    )
    changed = " Changed: how the newest version differs from the one before in rows and columns."
    st.caption(
        "A version is a name and the digest of its content, as runs logged it."
        + (changed if "changed" in told else "")
    )


def _features(view: DatasetsView, of: str) -> None:
    if not view.features:
        states.empty(
            f"No feature{of} is known", "Watch a model: its spec names what goes in.", icon=":material/input:"
        )
        return
    st.subheader(formats.plain(f"Features{of}"), anchor=False)
    uses = [(one, use) for one in view.features for use in one.uses]
    st.dataframe(
        pa.table(
            {
                "name": [one.name for one, _ in uses],
                "kind": [one.kind for one, _ in uses],
                "model": [use.model for _, use in uses],
                "drift": [_drift(use) for _, use in uses],
                "value": [_value(use) for _, use in uses],
                "until": [formats.day(use.window_end) for _, use in uses],
                "columns": [_behind(one) for one, _ in uses],
                "owner": [use.owner or formats.NONE for _, use in uses],
            }
        ),
        column_config=_feature_columns(),
        hide_index=True,
        row_height=_ROW,
        placeholder=formats.NONE,
        height=_tall(len(uses)),
        key="features",
        alt="Features with the models that they go into, their newest drift and the columns behind them",
    )
    st.caption("The newest drift that was judged, over all rows, worst first; a feature stands once a model.")


def _changed(one: Dataset, version: DatasetVersion) -> str:
    """Return how a data set's newest version differs; the older ones' rows say nothing."""
    return "; ".join(one.changes) if version is one.versions[0] and one.changes else formats.NONE


def _drift(use: FeatureUse) -> str:
    return "○ not judged" if use.status is None else status_text(use.status)


def _value(use: FeatureUse) -> str:
    if use.value is None:
        return formats.NONE
    limit = "" if use.limit is None else f", limit {formats.number(use.limit)}"
    return f"{use.metric} {formats.number(use.value)}{limit}"


def _behind(one: FeatureRow) -> str:
    return ", ".join(one.columns) or formats.NONE


def _tall(n: int) -> int:
    return _ROW * (min(n, _MOST_TALL) + 1) + 3


def _dataset_columns() -> "dict[str, ColumnConfig | str | None]":
    config = st.column_config
    return {
        "name": config.TextColumn("Data set", width=200),
        "digest": config.TextColumn("Digest", width=130),
        "used": config.TextColumn("Used for", width=90),
        "rows": config.NumberColumn("Rows", format="localized", width=80),
        "columns": config.NumberColumn("Columns", width=80),
        "made": config.TextColumn("Versions", width=210, help="Model versions whose runs read it."),
        "live": config.TextColumn("In production", width=140),
        "source": config.TextColumn("Lies in", width=160),
        "labels": config.TextColumn("Labels", width=300),
        "changed": config.TextColumn("Changed", width=260),
    }


def _feature_columns() -> "dict[str, ColumnConfig | str | None]":
    config = st.column_config
    return {
        "name": config.TextColumn("Feature", width=160),
        "kind": config.TextColumn("Type", width=90),
        "model": config.TextColumn("Model", width=140),
        "drift": config.TextColumn("Drift", width=110),
        "value": config.TextColumn("Newest distance", width=190),
        "until": config.TextColumn("Window until", width=110),
        "columns": config.TextColumn("Comes from", width=260),
        "owner": config.TextColumn("Owner", width=120),
    }
