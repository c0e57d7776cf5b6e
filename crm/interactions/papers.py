"""Documents of a contact: attached when it is logged or later, to the customer and to the contact, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from litestar.datastructures import UploadFile

from crm.accounts.audit import record
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.documents import delete_document
from crm.customers.uploads import Outcome, attach_uploads
from crm.customers.words import deletion_reason
from crm.database import execute, fetch, fetch_one, transaction
from crm.errors import NotFound, RuleBroken
from crm.interactions.actions import Logged, NewInteraction, log_interaction
from crm.interactions.deleting import delete_interaction, demand_reason
from crm.web.i18n import _


async def log_with_documents(
    contact: NewInteraction, uploads: Sequence[UploadFile], *, largest: int, by: int, now: datetime
) -> Logged:
    """Log a contact together with its files, all or nothing. The documents come first: whoever holds a customer's figures never
    waits for the customer. Raises what logging and attaching raise."""
    if not uploads or contact.customer_id is None:
        return await log_interaction(contact, by=by, now=now)
    async with transaction():
        outcome = await attach_uploads(
            contact.customer_id, uploads, None, largest=largest, by=by, now=now, all_or_none=True
        )
        logged = await log_interaction(contact, by=by, now=now)
        await _link(logged.id, outcome)
    return logged


async def attach_to_contact(
    interaction_id: int, uploads: Sequence[UploadFile], *, largest: int, by: int, now: datetime
) -> Outcome:
    """Attach files to a contact that is there already, and to its customer; one content hangs on it once, however often it is
    sent. Raises NotFound, RuleBroken for an observation that is nobody's yet, Invalid as attaching does."""
    async with transaction():
        customer_id = await _customer_of(interaction_id)
        outcome = await attach_uploads(customer_id, uploads, None, largest=largest, by=by, now=now, all_or_none=True)
        held = await fetch_one("SELECT customer FROM interaction WHERE id = $1 FOR KEY SHARE", interaction_id)
        if held is None or held.customer != customer_id:
            raise NotFound()
        await _link(interaction_id, outcome)
        await record("interaction.document_added", "interaction", interaction_id, by=by, now=now)
    return outcome


async def _customer_of(interaction_id: int) -> int:
    row = await fetch_one("SELECT customer FROM interaction WHERE id = $1", interaction_id)
    if row is None:
        raise NotFound()
    if row.customer is None:
        raise RuleBroken(_("Documents belong to a customer. Link the observation to one first."))
    return int(row.customer)


async def _link(interaction_id: int, outcome: Outcome) -> None:
    ids = sorted({one.document_id for one in outcome.attached})
    await execute(
        "INSERT INTO contact_document (interaction, document) SELECT $1, unnest($2::bigint[]) ON CONFLICT DO NOTHING",
        interaction_id, ids,
    )  # fmt: skip


def may_attach(user: CurrentUser) -> bool:
    return user.may(Permission.INTERACTIONS_LOG) and user.may(Permission.CUSTOMERS_EDIT)


async def delete_with_documents(
    interaction_id: int, reason: str, text: str = "", *, by: int, now: datetime
) -> int | None:
    """Delete a contact and the documents that hang on it and on no other contact; these can be restored for 30 days. Otherwise as
    `delete_interaction`, which leaves all documents with the customer."""
    demand_reason(reason, text.strip())
    async with transaction():
        rows = await fetch(
            "SELECT d.id FROM contact_document x JOIN document d ON d.id = x.document AND d.deleted_at IS NULL "
            "LEFT JOIN person p ON p.id = d.person WHERE x.interaction = $1 AND p.restricted_at IS NULL "
            "AND NOT EXISTS (SELECT FROM contact_document o WHERE o.document = x.document "
            "AND o.interaction <> $1) ORDER BY d.id",
            interaction_id,
        )
        for row in rows:
            await delete_document(row.id, deletion_reason(reason, text.strip()), by=by, now=now)
        return await delete_interaction(interaction_id, reason, text, by=by, now=now)
