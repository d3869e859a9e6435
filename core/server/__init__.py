"""Control: the one process that owns a workspace, and the HTTP API through which all others ask it."""
