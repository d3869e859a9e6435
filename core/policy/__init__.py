"""Rules as data, and judging measurements by them: pure, no store, no vendor."""
