"""The state store's schema: numbered Alembic revisions in ``versions``."""
