"""The ledger's mathematics: canonical JSON, chained entries, signed checkpoints, and whether they hold.

Pure: no store, no file, no clock. ``docs/ledger.md`` tells the format so that others can check it.
"""
