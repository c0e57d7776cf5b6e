"""The sentence that sums up a day: from figures to words."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.permissions import Role
from crm.today.queries import Month, Numbers
from crm.web.formats import num
from crm.web.i18n import _, ngettext

MORNING_ENDS, AFTERNOON_ENDS = 11, 18


def greeting(name: str, local_now: datetime) -> str:
    """ "Guten Morgen, Petra Lang."""
    hour = local_now.hour
    if hour < MORNING_ENDS:
        return _("Good morning, %(name)s.") % {"name": name}
    if hour < AFTERNOON_ENDS:
        return _("Good afternoon, %(name)s.") % {"name": name}
    return _("Good evening, %(name)s.") % {"name": name}


def day_in_words(numbers: Numbers) -> str:
    """What waits for this person today, in two or three short sentences; nothing is not mentioned."""
    parts = []
    if numbers.reminders:
        parts.append(
            ngettext("One follow-up is due today.", "%(n)s follow-ups are due today.", numbers.reminders)
            % {"n": num(numbers.reminders)}
        )
    if numbers.tickets:
        sentence = ngettext("One enquiry waits for you", "%(n)s enquiries wait for you", numbers.tickets) % {
            "n": num(numbers.tickets)
        }
        parts.append(sentence + _of_them(numbers) + ".")
    if numbers.resting:
        parts.append(
            ngettext(
                "One of your enquiries rests until the customer answers or its time comes.",
                "%(n)s of your enquiries rest until the customer answers or their time comes.",
                numbers.resting,
            )
            % {"n": num(numbers.resting)}
        )
    if numbers.to_contact:
        parts.append(
            ngettext(
                "One of your customers has not heard from you for too long.",
                "%(n)s of your customers have not heard from you for too long.",
                numbers.to_contact,
            )
            % {"n": num(numbers.to_contact)}
        )
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
