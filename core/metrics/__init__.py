"""Profiles → measurements: one pure function a metric, on frozen values; nothing is read or written."""
