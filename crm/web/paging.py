"""Keyset paging: a cursor names the last row that was seen, so that page 1,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import Any

import msgspec

from crm.errors import Invalid
from crm.web.i18n import _

_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def cursor_of(*keys: Any) -> str:
    """A URL-safe cursor for the sort keys of the last row."""
    raw = msgspec.json.encode(list(keys))
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def keys_of(cursor: str | None, *types: Any) -> tuple[Any, ...] | None:
    """The sort keys in a cursor, as the types given (datetime, int, str ...), or None without a cursor.
    Raises Invalid for a cursor that is not ours."""
    if not cursor:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        keys = msgspec.json.decode(raw, type=tuple[tuple(types)])  # type: ignore[misc]
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        keys = None
    if keys is None or not all(_storable(key) for key in keys):
        raise Invalid({"cursor": _("This cursor is not valid. Start again without one.")})
    return tuple(keys)


def _storable(key: Any) -> bool:
    """Whether the database can compare with it: a made-up cursor may hold anything that JSON can."""
    if isinstance(key, int):
        return -(2**63) <= key < 2**63
    if isinstance(key, datetime):
        return key.tzinfo is not None and _EARLIEST <= key <= _LATEST
    return "\x00" not in str(key)
