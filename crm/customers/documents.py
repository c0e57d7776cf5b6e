"""The verbs about documents of a customer: attach, rename, delete with a reason, restore, and forget after 30 days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.audit import changes, record, record_many
from crm.customers.merged import demand_unmerged
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry, write_entry
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.files.actions import store_file
from crm.files.names import clean_name, split_suffix
from crm.web.i18n import _

RESTORABLE = timedelta(days=30)
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A file to attach: its clean name, its bytes, and what it really is (crm.files.sniffing)."""

    name: str
    content: bytes
    media_type: str
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """The document; `is_new` is False where the customer had the same content already."""

    document_id: int
    is_new: bool


async def attach_document(customer_id: int, document: NewDocument, *, by: int | None, now: datetime) -> Attached:
    """Attach a file to a customer. The same content is attached to a customer once, however often it is sent.

    Raises NotFound if the customer is gone (deleting one waits for uploads under way, and the other way round), Moved if
    they were merged, Invalid for a person who isn't the customer's.
    """
    async with transaction():
        await _demand_customer(customer_id)
        await _demand_person(customer_id, document.person_id)
        name = await store_file(document.content, document.media_type, now=now)
        if (twin := await _same_content(customer_id, name)) is not None:
            return Attached(twin, False)
        document_id = await fetch_value(
            "INSERT INTO document (customer, person, name, sha256, size, media_type, uploaded_at, uploaded_by, deletion_reason, "
            "version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 1) RETURNING id",
            customer_id, document.person_id, document.name, name, len(document.content), document.media_type, now, by,
        )  # fmt: skip
        detail = {"size": len(document.content), "media_type": document.media_type}
        await write_entry(
            customer_id, TimelineKind.DOCUMENT, document_id, at=now, title=document.name, by=by,
            person_id=document.person_id, detail=detail,
        )  # fmt: skip
        fields = {"customer_id": customer_id, "file_name": document.name, "sha256": name, **detail}
        await record("document.added", "document", document_id, by=by, now=now, fields=fields)
        return Attached(int(document_id), True)


async def change_document(
    document_id: int, name: str, person_id: int | None, version: int | None, *, by: int | None, now: datetime
) -> int:
    """Give a document another name (a suffix that was left out is kept) or another person; answers the new version.
    Conflict if somebody else changed it meanwhile."""
    async with transaction():
        before = await _locked(document_id)
        cleaned, suffix = clean_name(name), split_suffix(before.name)[1]
        cleaned = cleaned if split_suffix(cleaned)[1] or not suffix else clean_name(cleaned + suffix)
        if version is not None and version != before.version:
            different = [Difference("name", _("Name"), before.name, cleaned)] if before.name != cleaned else []
            raise Conflict(_("Somebody else changed this document meanwhile."), different, before.version)
        await _demand_person(before.customer, person_id)
        old, new = {"file_name": before.name, "person": before.person}, {"file_name": cleaned, "person": person_id}
        if old == new:
            return int(before.version)
        await execute(
            "UPDATE document SET name = $2, person = $3, version = version + 1 WHERE id = $1",
            document_id, cleaned, person_id,
        )  # fmt: skip
        await execute(
            "UPDATE timeline_entry SET title = $2, person_id = $3 WHERE kind = $4 AND ref_id = $1",
            document_id, cleaned, person_id, TimelineKind.DOCUMENT.value,
        )  # fmt: skip
        await record("document.changed", "document", document_id, by=by, now=now, fields=changes(old, new))
        return int(before.version) + 1


async def delete_document(document_id: int, reason: str, *, by: int | None, now: datetime) -> None:
    """Take a document away; the reason is on record, and it can be restored for 30 days. NotFound if it is gone already."""
    if not reason.strip():
        raise Invalid({"reason": _("Please say why. Others may look for it.")})
    async with transaction():
        before = await _locked(document_id)
        await execute(
            "UPDATE document SET deleted_at = $2, deleted_by = $3, deletion_reason = $4, version = version + 1 WHERE id = $1",
            document_id, now, by, reason.strip()[:500],
        )  # fmt: skip
        await change_entry(TimelineKind.DOCUMENT, document_id, detail={"deleted": True})
        fields = {"customer_id": before.customer, "file_name": before.name, "reason": reason.strip()[:500]}
        await record("document.deleted", "document", document_id, by=by, now=now, fields=fields)


async def restore_document(document_id: int, *, by: int | None, now: datetime) -> None:
    """Bring a deleted document back. RuleBroken if the customer has got the same content again meanwhile; doing it twice
    changes nothing."""
    async with transaction():
        before = await _locked(document_id, deleted=None)
        if before.deleted_at is None:
            return
        if await _same_content(before.customer, before.sha256) is not None:
            raise RuleBroken(_("The same file has been attached again meanwhile, so there is nothing to restore."))
        await execute(
            "UPDATE document SET deleted_at = NULL, deleted_by = NULL, deletion_reason = '', version = version + 1 WHERE id = $1",
            document_id,
        )  # fmt: skip
        await change_entry(TimelineKind.DOCUMENT, document_id, detail={"deleted": False})
        fields = {"customer_id": before.customer, "file_name": before.name}
        await record("document.restored", "document", document_id, by=by, now=now, fields=fields)


async def forget_deleted_documents(*, now: datetime) -> int:
    """For good: documents that were deleted 30 days ago, with their lines of the history; how many. Their contents go
    with the housekeeping of files, unless something else refers to them."""
    gone = 0
    while True:
        async with transaction():
            rows = await fetch(
                "DELETE FROM document WHERE id IN (SELECT id FROM document WHERE deleted_at < $1 ORDER BY id "
                f"LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED) RETURNING id",
                now - RESTORABLE,
            )
            ids = [row.id for row in rows]
            await execute(
                "DELETE FROM timeline_entry WHERE kind = $1 AND ref_id = ANY($2)", TimelineKind.DOCUMENT.value, ids
            )
            await record_many("document.forgotten", "document", ids, by=None, now=now, fields={"documents": len(ids)})
        gone += len(ids)
        if len(ids) < AT_ONCE:
            return gone


async def _demand_customer(customer_id: int) -> None:
    """The customer, held until the commit: nobody deletes it meanwhile, and two uploads of one content take turns."""
    found = await fetch_value(
        "SELECT id FROM customer WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", customer_id
    )
    if found is None:
        await demand_unmerged(customer_id)
        raise NotFound(_("This customer does not exist, or may not be used. Your text is kept for copying."))


async def _demand_person(customer_id: int, person_id: int | None) -> None:
    if person_id is None:
        return
    known = await fetch_value("SELECT 1 FROM affiliation WHERE customer = $1 AND person = $2", customer_id, person_id)
    if known is None:
        raise Invalid({"person_id": _("This person does not belong to the customer.")})


async def _same_content(customer_id: int, sha256: str) -> int | None:
    found = await fetch_value(
        "SELECT id FROM document WHERE customer = $1 AND sha256 = $2 AND deleted_at IS NULL ORDER BY id LIMIT 1",
        customer_id, sha256,
    )  # fmt: skip
    return int(found) if found is not None else None


async def _locked(document_id: int, *, deleted: bool | None = False) -> Row:
    """The document and its customer, in this order of locks: customer first. `deleted` None takes either."""
    row = await fetch_one(
        "SELECT d.id, d.customer, d.person, d.name, d.sha256, d.deleted_at, d.version "
        "FROM customer c JOIN document d ON d.customer = c.id "
        "WHERE d.id = $1 AND c.deleted_at IS NULL AND ($2::boolean IS NULL OR (d.deleted_at IS NOT NULL) = $2) "
        "FOR NO KEY UPDATE OF c, d",
        document_id, deleted,
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return row
