"""All verbs of enquiries in one place, for callers; each lives in the module of its subject."""

from crm.tickets.answering import add_note, answer_by_phone, receive_message, reply
from crm.tickets.assigning import assign_ticket, offer_waiting_tickets
from crm.tickets.changing import change_ticket, follow_service_level
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.escalating import escalate
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.statuses import resume_postponed, set_status
from crm.tickets.watching import sweep_promises

__all__ = [
    "NewTicket", "add_note", "answer_by_phone", "assign_ticket", "change_ticket", "close_ticket", "escalate",
    "follow_service_level", "offer_waiting_tickets", "open_ticket", "receive_message", "reopen_ticket", "reply",
    "resume_postponed", "set_status", "sweep_promises",
]  # fmt: skip
