"""The errors of the cache that reach its callers as complete sentences."""


class CacheError(Exception):
    """A model cannot be fetched or stored; the message is one sentence that says what to do."""
