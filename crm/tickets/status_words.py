"""What customers read about the state of an enquiry or an order: plain words, and when something was promised. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.permissions import Role
from crm.web.formats import clock, day
from crm.web.i18n import N_, _

STATES = {
    "new": N_("It has arrived"), "open": N_("We are working on it"), "waiting": N_("We wait for your answer"), "solved": N_("Settled"),
}  # fmt: skip
ORDER_STATES = {
    "ordered": N_("Ordered"), "confirmed": N_("Confirmed"), "shipped": N_("On its way"),
    "delivered": N_("Delivered"), "invoiced": N_("Delivered and invoiced"), "paid": N_("Delivered and paid"),
    "cancelled": N_("Called off"),
}  # fmt: skip
_WHO = {
    Role.SALES: N_("our sales team"), Role.AGENT: N_("our service team"), Role.LEAD: N_("the head of our team"),
    Role.MANAGER: N_("our management"), Role.DPO: N_("our data protection officer"), Role.ADMINISTRATOR: N_("our service team"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised, as a sentence; `is_late` if we did not keep it."""

    sentence: str
    is_late: bool = False


def promise_of(ticket: Mapping[str, Any], now: datetime) -> Promise | None:
    """What the customer may expect next: an answer, else a solution; None once it is settled or waits for them."""
    if ticket["state"] in ("solved", "waiting"):
        return None
    if ticket["first_responded_at"] is None:
        due, is_answer = ticket["first_response_due_at"], True
    elif ticket["next_response_due_at"] is not None:
        due, is_answer = ticket["next_response_due_at"], True
    else:
        due, is_answer = ticket["solution_due_at"], False
    if due is None:
        return None
    words = {"day": day(due, now), "time": clock(due)}
    if now > due:
        late = _("We had promised you an answer by %(day)s, %(time)s. We are late, and sorry for it.")
        unsolved = _("We had promised you a solution by %(day)s, %(time)s. We are late, and sorry for it.")
        return Promise((late if is_answer else unsolved) % words, True)
    sentence = (
        _("You get an answer by %(day)s, %(time)s.") if is_answer else _("It is to be solved by %(day)s, %(time)s.")
    )
    return Promise(sentence % words)


def who_is_on_it(role: str | None) -> str:
    """Who works on it, by what they do and not by name."""
    return _(_WHO[Role(role)]) if role else _("It is being given to somebody who knows about it.")


def is_worth_a_mail(state: str, is_answered: bool) -> bool:
    """A change that came with an answer is known from that answer; that it has arrived, to whoever reads of its state."""
    return state != "new" and not (is_answered and state in ("open", "waiting"))
