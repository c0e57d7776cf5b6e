"""The reads of text blocks: the catalogue, and those that fit an enquiry with what their placeholders stand for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.data import full_name_sql
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.tickets.blocks.filling import BLOCKS, values_for
from crm.tickets.listing import NEXT_DUE

MOST = 500
"""So many text blocks are offered at most."""

_BLOCK = (
    "SELECT b.id, b.topic, coalesce(t.code, '') AS topic_code, t.name_de AS topic_de, t.name_en AS topic_en, b.name_de, b.name_en, "
    "b.body_de, b.body_en, b.changed_at, b.retired_at, b.version FROM text_block b LEFT JOIN topic t ON t.id = b.topic "
)
_FACTS = f"""
    SELECT k.id, k.subject, k.language, k.topic, t.name_de AS topic_de, t.name_en AS topic_en, c.name AS customer_name,
        c.number AS customer_number, p.id AS person_id, {full_name_sql("p")} AS person_name, p.given_name, p.family_name, p.title,
        p.form_of_address, p.salutation, u.name AS my_name, o.name AS company, {NEXT_DUE} AS due_at,
        (SELECT x.number FROM ticket_order l JOIN customer_order x ON x.id = l.customer_order
            WHERE l.ticket = k.id AND l.refused_at IS NULL ORDER BY l.id DESC LIMIT 1) AS order_number
    FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person AND p.restricted_at IS NULL
    LEFT JOIN topic t ON t.id = k.topic JOIN staff u ON u.id = $2 CROSS JOIN company o WHERE k.id = $1
"""


@dataclass(frozen=True, slots=True)
class OfferedBlock:
    """A text block for an enquiry, its placeholders filled. `is_of_topic`: it was written for the enquiry's topic."""

    id: int
    name: str
    text: str
    is_of_topic: bool


async def offered_blocks(ticket_id: int, *, user_id: int, now: datetime) -> list[OfferedBlock]:
    """The text blocks in the enquiry's language, those of its topic first, then those of none, then the others. Two statements;
    who may see the ticket is for the caller to ask. Raises NotFound."""
    facts = await fetch_one(_FACTS, ticket_id, user_id)
    if facts is None:
        raise NotFound()
    lang = "en" if facts.language == "en" else "de"
    rows = await fetch(
        f"{_BLOCK} WHERE b.retired_at IS NULL AND b.body_{lang} <> '' "
        f"ORDER BY b.topic IS NOT DISTINCT FROM $1 AND b.topic IS NOT NULL DESC, b.topic IS NULL DESC, b.name_{lang}, b.id LIMIT {MOST}",
        facts.topic,
    )
    values = values_for(facts, now)
    return [
        OfferedBlock(
            row.id, row[f"name_{lang}"], BLOCKS.fill(row[f"body_{lang}"], values),
            row.topic is not None and row.topic == facts.topic,
        )
        for row in rows
    ]  # fmt: skip


async def text_blocks(*, retired: bool = False) -> list[Row]:
    """The catalogue, topic by topic: what is in use, or what is retired."""
    return await fetch(
        f"{_BLOCK} WHERE b.retired_at IS {'NOT ' if retired else ''}NULL ORDER BY t.position NULLS FIRST, b.name_de, b.name_en, b.id"
    )


async def text_block_for(block_id: int) -> Row:
    """One text block, retired or not. NotFound if there is none."""
    row = await fetch_one(f"{_BLOCK} WHERE b.id = $1", block_id) if 0 < block_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row
