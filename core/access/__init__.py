"""Who may do what: roles and rights, people and tokens, and whose approval counts. Pure."""
