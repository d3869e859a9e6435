"""What goes out with an export: a verifier that imports nothing of Trimtab."""
