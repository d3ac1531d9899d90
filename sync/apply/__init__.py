"""`apply_page`: the only code that writes a cached record or a tombstone."""

from sync.apply.page import Applied, apply_page, portions
from sync.apply.work import Arrival

__all__ = ["Applied", "Arrival", "apply_page", "portions"]
