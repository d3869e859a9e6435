"""Read the views out of the stores: named SQL, then frozen values."""
