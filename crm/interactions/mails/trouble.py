"""The company's letter box when it cannot be used: since when, what its server says, and what to do."""

from __future__ import annotations

from typing import Any

from crm.accounts.company import company
from crm.database import Row, execute, fetch_one


def box_name(company: Any) -> str:
    """What a letter box is remembered by; `company`: a row with its settings."""
    return f"{company.imap_user}@{company.imap_host}:{company.imap_port}"[:300]


async def letter_box_trouble() -> Row | None:
    """Since when the box that is set up now cannot be used (`failing_since`), when it was tried last (`looked_at`), and what was
    said then (`error`); None if all is well, or none is set up."""
    row = await company()
    if not row.imap_host:
        return None
    trouble = "SELECT failing_since, looked_at, error FROM letter_box WHERE box = $1 AND failing_since IS NOT NULL"
    return await fetch_one(trouble, box_name(row))


async def try_letter_box_soon() -> None:
    """Its settings were changed: it is tried at the next look, and not only after the pause that its failures have earned."""
    await execute("UPDATE letter_box SET looked_at = failing_since WHERE failing_since IS NOT NULL")
