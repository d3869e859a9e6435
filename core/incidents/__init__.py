"""Verdicts that persist become incidents: grouping, life cycle, ranking. Pure."""
