"""The commands: thin clients of the API, grouped by subject. :mod:`core.cli` lists them."""
