"""The kitchen maker's two letter boxes. There is no server behind them, so they are not in use."""

from __future__ import annotations

from crm.database import execute, fetch_value
from crm.demo.staff import DOMAIN


async def write_letter_boxes() -> None:
    """One for everything, one for deliveries; the open enquiries that came by mail came by the first."""
    service = await fetch_value(
        "INSERT INTO letter_box (name, address, host, user_name, purpose, is_active) VALUES ('Service', $1, $2, $1, 'both', false) "
        "RETURNING id",
        f"service@{DOMAIN}", f"imap.{DOMAIN}",
    )  # fmt: skip
    await execute(
        "INSERT INTO letter_box (name, address, host, user_name, purpose, topic, language, is_active) "
        "VALUES ('Lieferung', $1, $2, $1, 'enquiries', 'delivery', 'de', false)",
        f"lieferung@{DOMAIN}", f"imap.{DOMAIN}",
    )  # fmt: skip
    await execute("UPDATE ticket SET letter_box = $1 WHERE channel = 'email' AND solved_at IS NULL", service)
