"""Files that belong to what is said on an enquiry: documents of its customer, which go along when it is sent as a mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from litestar.datastructures import UploadFile

from crm.customers.uploads import attach_uploads
from crm.database import Row, execute, fetch, fetch_value
from crm.errors import Invalid, NotFound
from crm.mail.message import Attachment, too_large
from crm.web.i18n import _

MOST_FILES = 20
"""So many files go along with one message at most."""

_CHOSEN = """
    SELECT d.id, d.name, d.sha256, d.size, d.media_type FROM document d LEFT JOIN person p ON p.id = d.person
    WHERE d.id = ANY($2::bigint[]) AND d.customer = $1 AND d.deleted_at IS NULL AND p.restricted_at IS NULL
"""


async def enclosed_files(customer_id: int, document_ids: Sequence[int], *, for_mail: bool) -> tuple[Attachment, ...]:
    """These documents of the customer as files of a message, in the order in which they were chosen. Raises Invalid if one is
    not the customer's or not there any more, if there are too many, and `for_mail` if they are too large together."""
    wanted = list(dict.fromkeys(document_ids))
    if len(wanted) > MOST_FILES:
        raise Invalid({"documents": _("At most %(n)s files at once, please.") % {"n": MOST_FILES}})
    known = {row.id: row for row in await fetch(_CHOSEN, customer_id, wanted)} if wanted else {}
    if len(known) < len(wanted):
        raise Invalid({"documents": _("One of the documents is not there any more. Choose anew.")})
    files = tuple(_attachment(known[each]) for each in wanted)
    if for_mail and (refusal := too_large(files)):
        raise Invalid({"documents": refusal})
    return files


def _attachment(row: Row) -> Attachment:
    return Attachment(row.name, row.sha256, row.size, row.media_type)


async def enclose(message_id: int, document_ids: Sequence[int]) -> None:
    """Remember which documents belong to a message; no statement where there are none."""
    if not document_ids:
        return
    await execute(
        "INSERT INTO message_document (message, document) SELECT $1, unnest($2::bigint[])",
        message_id, list(dict.fromkeys(document_ids)),
    )  # fmt: skip


async def attach_to_customer_of(
    ticket_id: int, uploads: Sequence[UploadFile], *, largest: int, by: int, now: datetime
) -> tuple[int, ...]:
    """The files become documents of the enquiry's customer; their ids. Raises as attach_to, and NotFound."""
    if not uploads:
        return ()
    customer_id = await fetch_value("SELECT customer FROM ticket WHERE id = $1", ticket_id)
    if customer_id is None:
        raise NotFound()
    return await attach_to(int(customer_id), uploads, largest=largest, by=by, now=now)


async def attach_to(
    customer_id: int, uploads: Sequence[UploadFile], *, largest: int, by: int, now: datetime
) -> tuple[int, ...]:
    """The files become documents of the customer; their ids. `largest`: bytes of one file. Raises Invalid if one of them cannot be
    kept, or if there are too many for one message: then none is."""
    if not uploads:
        return ()
    if len(uploads) > MOST_FILES:
        raise Invalid({"file": _("At most %(n)s files at once, please.") % {"n": MOST_FILES}})
    outcome = await attach_uploads(customer_id, uploads, None, largest=largest, by=by, now=now, all_or_none=True)
    return tuple(one.document_id for one in outcome.attached)
