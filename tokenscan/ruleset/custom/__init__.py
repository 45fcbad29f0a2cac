"""Rules that users write without Python: SQL and filters over four documented tables, sandboxed."""
