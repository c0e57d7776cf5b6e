"""The company's letter box when it cannot be used: since when, what its server says, and what to do."""

from __future__ import annotations

from crm.database import Row, execute, fetch_one

_TROUBLE = """
    SELECT l.failing_since, l.looked_at, l.error FROM company o
    JOIN letter_box l ON l.box = left(o.imap_user || '@' || o.imap_host || ':' || o.imap_port, 300)
    WHERE o.imap_host <> '' AND l.failing_since IS NOT NULL
"""


async def letter_box_trouble() -> Row | None:
    """Since when the box that is set up now cannot be used (`failing_since`), when it was tried last (`looked_at`), and what was
    said then (`error`); None if all is well, or none is set up."""
    return await fetch_one(_TROUBLE)


async def try_letter_box_soon() -> None:
    """Its settings were changed: it is tried at the next look, and not only after the pause that its failures have earned."""
    await execute("UPDATE letter_box SET looked_at = failing_since WHERE failing_since IS NOT NULL")
