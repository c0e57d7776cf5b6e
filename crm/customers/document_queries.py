"""The reads of documents: those of a customer, and one of them through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.current import CurrentUser
from crm.customers.contact_papers import contact_sql
from crm.customers.data import full_name_sql
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.files.sniffing import is_active
from crm.files.words import size_text, type_name

MOST = 500
"""A customer has so many documents on one page at most; the newest."""

_DOCUMENT = f"""
    SELECT d.id, d.customer, d.person, d.name, d.sha256, d.size, d.media_type, d.uploaded_at, d.deleted_at, d.deletion_reason,
        d.version, u.name AS uploaded_by, x.name AS deleted_by, {full_name_sql("p")} AS person_name, c.name AS customer_name,
        {contact_sql("d.id", "$2")} AS contact
    FROM document d JOIN customer c ON c.id = d.customer
    LEFT JOIN person p ON p.id = d.person
    LEFT JOIN staff u ON u.id = d.uploaded_by
    LEFT JOIN staff x ON x.id = d.deleted_by
    WHERE {{where}} AND c.deleted_at IS NULL AND ($2 OR c.restricted_at IS NULL AND p.restricted_at IS NULL)
    ORDER BY d.uploaded_at DESC, d.id DESC LIMIT {MOST}
"""


class LatestDocument(msgspec.Struct):
    """A line of the card on the customer's page (JSON of crm.customers.queries)."""

    id: int
    name: str
    size: int
    media_type: str
    uploaded_at: datetime
    uploaded_by: str | None

    @property
    def kind(self) -> str:
        return type_name(self.media_type)

    @property
    def size_text(self) -> str:
        return size_text(self.size)


@dataclass(frozen=True, slots=True)
class Card:
    """The newest documents of a customer, and how many there are."""

    latest: list[LatestDocument]
    count: int


def card_of(customer: Row) -> Card:
    """What the customer's page says about documents."""
    found: dict[str, Any] = msgspec.json.decode(customer.documents or '{"count": 0, "latest": []}')
    return Card(msgspec.convert(found["latest"], list[LatestDocument]), found["count"])


async def documents_of(user: CurrentUser, customer_id: int, *, deleted: bool = False) -> list[Row]:
    """The documents of a customer, newest first, or the deleted ones that can be restored. Those of restricted persons
    are for the data protection officer only."""
    where = f"d.customer = $1 AND d.deleted_at IS {'NOT ' if deleted else ''}NULL"
    return await fetch(_DOCUMENT.format(where=where), customer_id, sees_restricted(user))


async def papers_of(user: CurrentUser, interaction_id: int) -> list[Row]:
    """The documents of a contact as this user may see them, newest first."""
    where = "d.deleted_at IS NULL AND d.id IN (SELECT y.document FROM contact_document y WHERE y.interaction = $1)"
    return await fetch(_DOCUMENT.format(where=where), interaction_id, sees_restricted(user))


async def document_for(user: CurrentUser, document_id: int, *, deleted: bool | None = False) -> Row:
    """One document. NotFound if it is missing, deleted (unless asked for; None takes either), or not for this user."""
    row = None
    if 0 < document_id <= HIGHEST_ID:
        row = await fetch_one(_DOCUMENT.format(where="d.id = $1"), document_id, sees_restricted(user))
    if row is None or (deleted is not None and (row.deleted_at is not None) != deleted):
        raise NotFound()
    return row


def says_otherwise(row: Row) -> bool:
    """Whether the name claims to be something harmless and the content is a page or drawing that could run scripts."""
    return is_active(row.media_type) and not row.name.lower().endswith((".html", ".htm", ".svg", ".xml", ".xhtml"))
