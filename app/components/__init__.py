"""Draw view values: one component per thing that is shown."""
