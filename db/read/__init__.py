"""Reads: statements over the cache, as pure functions of what is asked."""
