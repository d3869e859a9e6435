"""Thin routers: parse, call the facade, answer. Each module holds one subject."""
