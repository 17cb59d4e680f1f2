"""One running server: its configuration, its models and sessions, and who is admitted."""
