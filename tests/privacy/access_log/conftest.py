"""A keeper of the test's own: others have noted what is rolled back by now."""

from __future__ import annotations

import pytest

from crm.privacy.access_log import keeping
from crm.privacy.access_log.keeping import Keeper


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    fresh = Keeper()
    monkeypatch.setattr(keeping, "keeper", fresh)
    return fresh
