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
    "result": N_("Done. The result is kept."),
    "set": N_("The follow-up is set."),
}


def not_at_work(at: datetime, calendar: Calendar) -> str:
    """Why nobody of the company works on this day; empty for a working day."""
    on = at.astimezone(calendar.zone).date()
    if on in calendar.holidays:
        return _("a public holiday, or the company is closed")
    return "" if calendar.opens_on(on) else _("not a working day")
