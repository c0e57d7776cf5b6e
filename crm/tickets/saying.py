"""Something is said on an enquiry, with its files: an answer, a note among colleagues, or what the customer added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from litestar.datastructures import UploadFile

from crm.database import transaction
from crm.tickets.answering import add_note, receive_message, reply
from crm.tickets.blocks.filling import demand_filled
from crm.tickets.blocks.using import note_sources
from crm.tickets.enclosing import attach_to_customer_of
from crm.tickets.forms import NewMessage
from crm.tickets.locking import take_routing_lock
from crm.tickets.tables import MessageKind


async def say(
    ticket_id: int, message: NewMessage, uploads: Sequence[UploadFile] = (), *, largest: int = 0, by: int, now: datetime
) -> int:
    """Write it, with the files that were chosen beside the customer's documents: they become documents too. All or nothing; the
    message's id. `largest`: bytes of one file. Raises what the actions raise. What may move the enquiry to another agent takes the
    routing lock before the customer, see locking.py."""
    async with transaction():
        if message.kind == MessageKind.INBOUND:
            await take_routing_lock()
        added = await attach_to_customer_of(ticket_id, uploads, largest=largest, by=by, now=now)
        files = (*message.document_ids, *added)
        if message.kind == MessageKind.NOTE:
            return await add_note(ticket_id, message.text, by=by, now=now, document_ids=files)
        if message.kind == MessageKind.INBOUND:
            return await receive_message(ticket_id, message.text, by=by, now=now, document_ids=files)
        demand_filled(message.text)
        written = await reply(
            ticket_id,
            message.text,
            by=by,
            now=now,
            wait=message.wait,
            document_ids=files,
            seen=message.seen,
            cc=message.cc,
        )
        await note_sources(written.message_id, message.text, message.chosen)
        return written.message_id
