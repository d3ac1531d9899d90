"""The promised verbs, written once over any provider's dictionary."""
