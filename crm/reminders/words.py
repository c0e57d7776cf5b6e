"""The words of follow-ups: codes in, text in the language of the moment out."""

from __future__ import annotations

from datetime import datetime

from crm.service_levels.calendar import Calendar
from crm.web.i18n import N_, _

REPEATS = {
    "daily": N_("daily"), "weekly": N_("weekly"), "monthly": N_("monthly"), "yearly": N_("yearly"),
}  # fmt: skip
DONE = {
    "given": N_("Your colleague has the follow-up now and has been told."),
    "postponed": N_("The follow-up comes again at the new moment."),
    "reopened": N_("The follow-up is open again."),
    "result": N_("Done. The result is kept."),
    "set": N_("The follow-up is set."),
}


def not_at_work(at: datetime, calendar: Calendar) -> str:
    """Why nobody of the company works on this day; empty for a working day."""
    on = at.astimezone(calendar.zone).date()
    if on in calendar.holidays:
        return _("a public holiday, or the company is closed")
    return "" if calendar.opens_on(on) else _("not a working day")


RULES = {
    "rhythm": N_("Before the contact rhythm of a customer ends, their owner is reminded, once. Any contact withdraws it."),
    "prospect": N_("Somebody has become a prospect and still is one after some days."),
    "quotation": N_("A quotation was sent and is not decided after some days. The decision withdraws it."),
    "delivered": N_("An order was delivered: a reason to say thank you and to ask whether all is well."),
    "quiet": N_(
        "A customer who orders in a rhythm of their own (from three orders on) has been silent half as long again and two weeks too long. "
        "A new order withdraws it."
    ),
}  # fmt: skip
RULES_SAVED = {"saved": N_("The rule is saved.")}
