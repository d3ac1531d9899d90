"""Zendesk Support: its language, and the class that users sign in with."""

from integrations.ticketing.zendesk.dictionary import ZendeskDictionary

__all__ = ["ZendeskDictionary"]
