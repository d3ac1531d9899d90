from __future__ import annotations

import pytest

from tests.emulator.gorgias.account import Account


@pytest.fixture
def account() -> Account:
    return Account()
