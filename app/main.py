"""The entrypoint: it sets the frame up and hands over to one page."""

from pathlib import Path

import streamlit as st

from app import deps, identity, palette, scope

STATIC = Path(__file__).resolve().parent / "static"

st.set_page_config(page_title="Trimtab", page_icon=str(STATIC / "icon.svg"), layout="wide")
st.logo(str(STATIC / ("logo_dark.svg" if palette.dark() else "logo.svg")), size="medium")
palette.legible()

identity.require(deps.client())
page = st.navigation(
    [
        st.Page(
            scope.FLEET,
            title="Fleet",
            icon=":material/dashboard:",
            default=True,
            help="All models by state: which one needs a decision, and why.",
        ),
        st.Page(
            scope.MODEL,
            title="Model",
            icon=":material/show_chart:",
            url_path="model",
            help="One model: performance, drift, versions.",
        ),
        st.Page(
            scope.DRIFT,
            title="Drift",
            icon=":material/grid_on:",
            url_path="drift",
            help="Which inputs moved, since when, and by how much.",
        ),
        st.Page(
            scope.FAIRNESS,
            title="Fairness",
            icon=":material/balance:",
            url_path="fairness",
            help="For whom a model is worse, by how much, and how sure that is.",
        ),
        st.Page(
            scope.LINEAGE,
            title="Lineage",
            icon=":material/account_tree:",
            url_path="lineage",
            help="What a model is made of, what hangs on it, and whom it concerns.",
        ),
        st.Page(
            scope.ACTIVITY,
            title="Activity",
            icon=":material/bolt:",
            url_path="activity",
            help="Incidents to look after, what is under way, and what was decided.",
        ),
        st.Page(
            scope.GOVERNANCE,
            title="Governance",
            icon=":material/gavel:",
            url_path="governance",
            help="What rules ask, what is there, and the record that proves it.",
        ),
        st.Page(
            scope.REVIEW,
            title="Review",
            icon=":material/groups:",
            url_path="review",
            help="The meeting: what changed, what is decided about it, and the minutes.",
        ),
    ],
    position="top",
)
page.run()
