"""The words of calls to return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.database import Row
from crm.web.formats import clock, day, local, phone
from crm.web.i18n import N_, _, ngettext

KINDS = {"missed": N_("Missed call"), "wanted": N_("Wants to be called back")}
OUTCOMES = {"called": N_("called back"), "dismissed": N_("done without a call")}
DONE = {
    "noted": N_("It is kept, and stays here until it is done."),
    "called": N_("Done. The result is kept."),
    "dismissed": N_("Done without a call."),
    "tried": N_("Noted. It comes again."),
    "taken": N_("You call back. You will be reminded."),
    "named": N_("The caller is named."),
}


def who(name: str, person: str, customer: str, number: str) -> str:
    """Whom we call: the person at the customer, else the name that was given, else the number."""
    shown = ", ".join(filter(None, (person or name, customer if customer != person else "")))
    return shown or phone(number)


def reachable(from_at: datetime | None, until_at: datetime | None, now: datetime) -> str:
    """When they can be reached; empty if they said nothing."""
    if from_at is not None and until_at is not None:
        words = {"day": day(from_at, now), "from": clock(from_at), "until": clock(until_at)}
        return _("%(day)s between %(from)s and %(until)s") % words
    if from_at is not None:
        return _("%(day)s from %(time)s on") % {"day": day(from_at, now), "time": clock(from_at)}
    if until_at is not None:
        return _("%(day)s until %(time)s") % {"day": day(until_at, now), "time": clock(until_at)}
    return ""


def moment(at: datetime, now: datetime) -> str:
    """A moment as one says it: the time alone for today, else with its day."""
    if local(at).date() == local(now).date():
        return clock(at)
    return f"{day(at, now)}, {clock(at)}"


@dataclass(frozen=True, slots=True)
class Told:
    """A call to return in a line: whom we call, when it came in, and what is known beside that."""

    who: str
    when: str
    detail: str


def told(row: Row, now: datetime) -> Told:
    """The line of a call as crm/interactions/calls/listing.py reads it."""
    window = reachable(row.from_at, row.until_at, now)
    tries = ngettext("tried once", "tried %(num)s times", row.tries) % {"num": row.tries} if row.tries else ""
    parts = (_(KINDS[row.kind]), row.about, _("reachable %(when)s") % {"when": window} if window else "", tries)
    name = who(row.name, row.person_name or "", row.customer_name or "", row.number)
    return Told(name, moment(row.at, now), " · ".join(filter(None, parts)))
