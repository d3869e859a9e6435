"""Trimtab's core: everything between a prediction log and a decision, free of Streamlit and Plotly."""
