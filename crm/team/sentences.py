"""The sentences that stand before the figures of the team."""

from __future__ import annotations

from datetime import datetime

from crm.customers.words import CHANNELS
from crm.reports.sentences import ABOUT_THE_SAME
from crm.reports.words import SMALL
from crm.team.periods import Period
from crm.team.queries import Contacts, Work
from crm.web.formats import day, local, num, percent
from crm.web.i18n import N_, _, ngettext, word

PERIODS = {
    Period.WEEK: N_("This week"), Period.DAYS_30: N_("30 days"), Period.MONTH: N_("This month"), Period.LAST_MONTH: N_("Last month"),
}  # fmt: skip
BEFORE = {
    Period.WEEK: N_("on the same days of last week"), Period.DAYS_30: N_("in the 30 days before"),
    Period.MONTH: N_("on the same days of last month"), Period.LAST_MONTH: N_("in the month before"),
}  # fmt: skip
"""What a period is compared with."""


def summary(period: Period, contacts: Contacts, work: Work, now: datetime) -> list[str]:
    """How much contact there was, and what waits; what there is none of is not mentioned."""
    found = [
        _contacts(period, contacts),
        _busiest(contacts),
        _untouched(work, now),
        _quotations(work, now),
        _promised(work),
    ]
    said = [sentence for sentence in found if sentence]
    return said if any(found[2:]) else [*said, _("Nothing waits: every customer was contacted in time.")]


def _contacts(period: Period, contacts: Contacts) -> str:
    count = contacts.count
    said = {
        Period.WEEK: ngettext("One contact with customers this week", "%(n)s contacts with customers this week", count),
        Period.DAYS_30: ngettext(
            "One contact with customers in the last 30 days", "%(n)s contacts with customers in the last 30 days", count
        ),
        Period.MONTH: ngettext(
            "One contact with customers this month", "%(n)s contacts with customers this month", count
        ),
        Period.LAST_MONTH: ngettext(
            "One contact with customers last month", "%(n)s contacts with customers last month", count
        ),
    }[period]
    if not count:
        said = {
            Period.WEEK: _("No contact with customers this week"),
            Period.DAYS_30: _("No contact with customers in the last 30 days"),
            Period.MONTH: _("No contact with customers this month"),
            Period.LAST_MONTH: _("No contact with customers last month"),
        }[period]
    return said % {"n": num(count)} + _difference(period, count, contacts.before) + "."


def _difference(period: Period, count: int, before: int) -> str:
    """The end of the sentence: by how much it is more or fewer; small numbers are told as they are."""
    if not before:
        return ""
    words = {"before": _(BEFORE[period])}
    change = (count - before) / before
    if count == before or (before >= SMALL and abs(change) < ABOUT_THE_SAME):
        return _(", about as many as %(before)s") % words
    words["difference"] = percent(abs(change)) if before >= SMALL and count < 3 * before else num(abs(count - before))
    more = _(", %(difference)s more than %(before)s")
    return (more if change > 0 else _(", %(difference)s fewer than %(before)s")) % words


def _busiest(contacts: Contacts) -> str:
    """The day with the most contacts, if it is one and there are enough days to speak of; and the channel that leads."""
    days = sorted((one for one in contacts.days if one.count), key=lambda one: -(one.count or 0))
    if len(days) < 3 or not contacts.channels or days[0].count == days[1].count:
        return ""
    first = contacts.channels[0]
    words = {
        "day": day(days[0].on), "n": num(days[0].count), "channel": word(CHANNELS, first.code),
        "share": percent(first.count / contacts.count),
    }  # fmt: skip
    return (
        _("The busiest day was %(day)s with %(n)s contacts; the channel used most is %(channel)s (%(share)s).") % words
    )


def days_since(since: datetime | None, now: datetime) -> int:
    """Whole days of the company's calendar since then."""
    return max(0, (local(now).date() - local(since).date()).days) if since else 0


def _untouched(work: Work, now: datetime) -> str:
    if not work.untouched:
        return ""
    days = days_since(work.longest_since, now)
    said = ngettext(
        "One customer has been without contact too long",
        "%(n)s customers have been without contact too long",
        work.untouched,
    ) % {"n": num(work.untouched)}
    longest = ngettext("longest %(name)s, for one day", "longest %(name)s, for %(days)s days", days)
    return f"{said}: {longest % {'name': work.longest, 'days': num(days)}}."


def _quotations(work: Work, now: datetime) -> str:
    parts = []
    if work.requested:
        days = days_since(work.requested_since, now)
        said = ngettext("One quotation is waited for", "%(n)s quotations are waited for", work.requested) % {
            "n": num(work.requested)
        }
        parts.append(said + _since(days))
    if work.sent:
        days = days_since(work.sent_since, now)
        said = ngettext(
            "one quotation that was sent is not decided", "%(n)s quotations that were sent are not decided", work.sent
        ) % {"n": num(work.sent)}
        parts.append((said if parts else said[:1].upper() + said[1:]) + _since(days))
    return "; ".join(parts) + "." if parts else ""


def _since(days: int) -> str:
    """How long the oldest has waited; nothing if it came today."""
    if not days:
        return ""
    return ngettext(" (the oldest for one day)", " (the oldest for %(days)s days)", days) % {"days": num(days)}


def _promised(work: Work) -> str:
    parts = []
    if work.follow_ups:
        said = ngettext("One follow-up is overdue", "%(n)s follow-ups are overdue", work.follow_ups)
        parts.append(said % {"n": num(work.follow_ups)})
    if work.call_backs:
        said = ngettext("one customer waits for a call", "%(n)s customers wait for a call", work.call_backs) % {
            "n": num(work.call_backs)
        }
        parts.append(said if parts else said[:1].upper() + said[1:])
    return ", ".join(parts) + "." if parts else ""
