"""Rows → profiles: which windows are due, what is counted in them, and the pinned reference."""
