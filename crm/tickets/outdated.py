"""Whether an answer was written against an enquiry that has gone on meanwhile. A pure rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.tickets.tables import TicketStatus

_PUT_ASIDE = (TicketStatus.WAITING, TicketStatus.POSTPONED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What whoever answers had in front of them: the newest message, the status, and whose enquiry it was. The defaults ask for
    nothing."""

    message_id: int = 0
    status: str = ""
    assignee_id: int | None = None


class Overtaken(StrEnum):
    """What has happened meanwhile."""

    MESSAGE = "message"
    ASSIGNEE = "assignee"
    STATUS = "status"


def overtaken(seen: Seen, *, newest_message: int, ticket: Any, by: int) -> Overtaken | None:
    """What the writer must know before the answer goes out. `newest_message` is the newest that is not their own. That it became
    theirs, or is worked on again, stops nobody; that a colleague has it now, or put it aside, does."""
    if seen.message_id and newest_message > seen.message_id:
        return Overtaken.MESSAGE
    if not seen.status:
        return None
    if ticket.assignee not in (None, by, seen.assignee_id):
        return Overtaken.ASSIGNEE
    if ticket.status != seen.status and ticket.status in _PUT_ASIDE:
        return Overtaken.STATUS
    return None
