"""Whether the demo company may move in. Each start of `crm up --demo` asks; what fills it is read only then."""

from __future__ import annotations

from crm.database import fetch_value


async def is_empty() -> bool:
    """True if nobody has worked with this database: no user, no customer."""
    return not await fetch_value("SELECT EXISTS (SELECT FROM customer) OR EXISTS (SELECT FROM staff)")
