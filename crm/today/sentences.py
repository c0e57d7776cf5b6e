"""The sentence that sums up a day: from figures to words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from crm.accounts.permissions import Role
from crm.today.queries import Month, Numbers
from crm.web.formats import num
from crm.web.i18n import _, ngettext

MORNING_ENDS, AFTERNOON_ENDS = 11, 18
FAR_AWAY = datetime(9999, 1, 1, tzinfo=UTC)


def greeting(name: str, local_now: datetime) -> str:
    """ "Guten Morgen, Petra Lang."""
    hour = local_now.hour
    if hour < MORNING_ENDS:
        return _("Good morning, %(name)s.") % {"name": name}
    if hour < AFTERNOON_ENDS:
        return _("Good afternoon, %(name)s.") % {"name": name}
    return _("Good evening, %(name)s.") % {"name": name}


def day_in_words(numbers: Numbers) -> str:
    """What waits for this person today, in a few short sentences; nothing is not mentioned."""
    n = numbers
    parts = []
    if n.alarms:
        words = ngettext("One alarm asks for you.", "%(n)s alarms ask for you.", n.alarms)
        parts.append(words % {"n": num(n.alarms)})
    if n.call_backs:
        words = ngettext(
            "One customer wants to be called back.", "%(n)s customers want to be called back.", n.call_backs
        )
        parts.append(words % {"n": num(n.call_backs)})
    if n.reminders:
        words = ngettext("One follow-up is due today.", "%(n)s follow-ups are due today.", n.reminders)
        parts.append(words % {"n": num(n.reminders)})
    if n.stood_in:
        words = ngettext(
            "One follow-up of an absent colleague is yours today.", "%(n)s follow-ups of absent colleagues are yours today.",
            n.stood_in,
        )  # fmt: skip
        parts.append(words % {"n": num(n.stood_in)})
    if n.tickets:
        words = ngettext("One enquiry waits for you", "%(n)s enquiries wait for you", n.tickets)
        parts.append(words % {"n": num(n.tickets)} + _of_them(n) + ".")
    if n.resting:
        words = ngettext(
            "One of your enquiries rests until the customer answers or its time comes.",
            "%(n)s of your enquiries rest until the customer answers or their time comes.",
            n.resting,
        )
        parts.append(words % {"n": num(n.resting)})
    if n.to_contact:
        words = ngettext(
            "One of your customers should hear from you.", "%(n)s of your customers should hear from you.", n.to_contact
        )
        parts.append(words % {"n": num(n.to_contact)})
    return " ".join(parts)


def _of_them(numbers: Numbers) -> str:
    """How many of the enquiries that wait are overdue, and how many become due before midnight."""
    overdue, due = numbers.overdue, numbers.due_today
    if overdue == numbers.tickets:
        return ngettext(", it is overdue", ", all of them are overdue", overdue)
    if due == numbers.tickets:
        return ngettext(", it is due today", ", all of them are due today", due)
    if not overdue:
        words = ngettext(", one of them is due today", ", %(n)s of them are due today", due) if due else ""
        return words % {"n": num(due)}
    words = ngettext(", one of them is overdue", ", %(n)s of them are overdue", overdue) % {"n": num(overdue)}
    if due:
        words += ngettext(" and one is due today", " and %(n)s are due today", due) % {"n": num(due)}
    return words


class Thing(StrEnum):
    """What a day consists of, the most pressing first when all is overdue."""

    ALARM = "alarm"
    CALL_BACK = "call_back"
    TICKET = "ticket"
    REMINDER = "reminder"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Pending:
    """The first entry of a section: what it is, what it is called, and by when it wants to be done (None: no time was set)."""

    thing: Thing
    title: str
    due_at: datetime | None = None


def first_of(pending: Sequence[Pending], now: datetime) -> Pending | None:
    """What to do first: an alarm, since one bad experience can end a relationship; then what is overdue, what somebody waits for
    before what one noted for oneself; then what is due next; whom to contact comes last, since no hour was promised."""

    def rank(one: Pending) -> tuple[int, int, datetime]:
        order = list(Thing).index(one.thing)
        due_at = one.due_at or FAR_AWAY
        if one.thing is Thing.ALARM:
            return 0, order, due_at
        if one.thing is Thing.CONTACT:
            return 3, order, due_at
        return (1, order, due_at) if due_at < now else (2, 0, due_at)

    return min(pending, key=rank, default=None)


def first_in_words(first: Pending | None) -> str:
    """ "Zuerst: Anfrage „Tür klemmt“." Empty if nothing is pending."""
    if first is None:
        return ""
    sentence = {
        Thing.ALARM: _("First: the alarm about %(title)s."),
        Thing.CALL_BACK: _("First: call %(title)s back."),
        Thing.TICKET: _("First: the enquiry “%(title)s”."),
        Thing.REMINDER: _("First: the follow-up “%(title)s”."),
        Thing.CONTACT: _("First: get in touch with %(title)s."),
    }[first.thing]
    return sentence % {"title": first.title.rstrip(".") if first.thing in (Thing.ALARM, Thing.CONTACT) else first.title}


def nothing_due(role: Role) -> str:
    """What the top of the page says on a quiet day: to those who talk to customers, a suggestion."""
    if role in (Role.SALES, Role.AGENT, Role.LEAD):
        return _("A good day to call a customer.")
    return _("All is quiet today.")


def team_in_words(waiting: int, broken: int) -> str:
    """What a lead must know first: enquiries that nobody has, and promises that were missed; empty if all is well."""
    parts = []
    if waiting:
        parts.append(
            ngettext("One enquiry has nobody yet.", "%(n)s enquiries have nobody yet.", waiting) % {"n": num(waiting)}
        )
    if broken:
        parts.append(ngettext("One promise is missed.", "%(n)s promises are missed.", broken) % {"n": num(broken)})
    return " ".join(parts)


def month_in_words(month: Month) -> str:
    """The month so far, for managers."""
    sentence = ngettext("One contact so far this month", "%(n)s contacts so far this month", month.contacts) % {
        "n": num(month.contacts)
    }
    if month.contacts_before:
        change = round((month.contacts - month.contacts_before) / month.contacts_before * 100)
        if change > 0:
            sentence += _(", %(n)s %% more than in the month before") % {"n": num(change)}
        elif change < 0:
            sentence += _(", %(n)s %% fewer than in the month before") % {"n": num(-change)}
        else:
            sentence += _(", as many as in the month before")
    sentence += "."
    if month.satisfaction is not None:
        sentence += " " + _("Customers rate us %(score)s of 5 (%(n)s answers).") % {
            "score": num(month.satisfaction, 1), "n": num(month.answers),
        }  # fmt: skip
    return sentence
