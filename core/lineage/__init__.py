"""What a model is made of and what hangs on it: one graph from source tables to decisions."""
