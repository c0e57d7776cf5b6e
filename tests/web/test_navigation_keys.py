"""The keys after "g": each leads to one place."""

from collections import Counter

from crm.navigation import _GROUPS


def test_no_two_places_share_a_key() -> None:
    keys = Counter(key for _label, items in _GROUPS for _name, _path, key, _icon, _permission in items if key)
    assert [key for key, times in keys.items() if times > 1] == []
