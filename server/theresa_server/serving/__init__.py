"""One running server: its configuration, its models and sessions, and the admission of new sessions."""
