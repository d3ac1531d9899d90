"""Gorgias: its language, as `ProviderDictionary` asks for it."""

from integrations.ticketing.gorgias.dictionary import GorgiasDictionary

__all__ = ["GorgiasDictionary"]
