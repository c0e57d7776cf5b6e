"""What the customer's page says of orders and quotations: each figure with how it was computed, each open quotation with how
long it has waited in business time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.customers.orders.rules import ENOUGH_DAYS, is_quiet
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES
from crm.customers.quotations.quoting import Course, QuotationStatus, waiting
from crm.customers.tables import CustomerStatus
from crm.database import Row, decoded
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import calendar_from
from crm.web.formats import local, minutes, money, num, short_date
from crm.web.i18n import _, ngettext, word

GAPS_SHOWN = 8
"""So many gaps are listed one by one; of more, the shortest and the longest are named."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and the sentence that says how it was computed."""

    label: str
    value: str
    how: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class OrdersCard:
    """`latest` are orders with typed dates; `all` counts the cancelled ones too; `quiet` is a sentence or ''."""

    figures: list[Figure]
    latest: list[dict[str, Any]]
    all: int
    quiet: str


def orders_card(customer: Row, now: datetime) -> OrdersCard:
    """The orders of a customer (queries.ORDERS_CARD and the figures row)."""
    stored, today = decoded(customer.orders_card), local(now).date()
    latest = [_dated(order, "ordered_on", "delivery_due_on") for order in stored["latest"]]
    quiet = customer.status != CustomerStatus.FORMER and is_quiet(customer.quiet_from_on, today)
    figures = _figures(customer, stored, latest, today) if customer.orders else []
    return OrdersCard(figures, latest, stored["all"], _quiet_sentence(customer, today) if quiet else "")


def _figures(
    customer: Row, stored: Mapping[str, Any], latest: Sequence[Mapping[str, Any]], today: date
) -> list[Figure]:
    n = customer.orders
    summed = n - sum(other["n"] for other in stored["others"])
    cancelled = stored["all"] - n
    return [
        Figure(
            _("Last order"), short_date(customer.last_order_on),
            _last_how(latest, (today - customer.last_order_on).days),
        ),
        Figure(
            _("Number of orders"), num(n),
            ngettext("without one cancelled order", "without %(num)s cancelled orders", cancelled) % {"num": cancelled}
            if cancelled else _("all orders count, none was cancelled"),
        ),
        Figure(_("Turnover"), money(customer.revenue, customer.revenue_currency), _sum_how(summed, stored["others"])),
        Figure(
            _("Average"), money(customer.average_order, customer.revenue_currency),
            ngettext("the amount of one order", "turnover divided by %(num)s orders", summed) % {"num": num(summed)},
        ),
        *_rhythm(customer, stored["gaps"], today),
    ]  # fmt: skip


def _last_how(latest: Sequence[Mapping[str, Any]], days: int) -> str:
    ago = _("today") if days == 0 else ngettext("yesterday", "%(num)s days ago", days) % {"num": num(days)}
    number = next((order["number"] for order in latest if order["status"] != "cancelled"), "")
    return f"{number}, {ago}" if number else ago


def _sum_how(summed: int, others: Sequence[Mapping[str, Any]]) -> str:
    how = ngettext("the amount of the one order", "sum of %(num)s orders", summed) % {"num": num(summed)}
    for other in others:
        words = {"num": num(other["n"]), "amount": money(other["total"], other["currency"])}
        how += "; " + ngettext(
            "one order of %(amount)s is not in it", "%(num)s orders of %(amount)s in all are not in it", other["n"]
        ) % words  # fmt: skip
    return how


def _rhythm(customer: Row, gaps: Sequence[int], today: date) -> list[Figure]:
    """The rhythm and what follows from it, or what is missing for it."""
    rhythm = customer.order_rhythm_days
    if rhythm is None:
        return [Figure(_("Rhythm"), "–", _("a rhythm needs orders on two different days"))]
    days = num(rhythm, 0 if rhythm == int(rhythm) else 1)
    every = Figure(
        _("Rhythm"),
        ngettext("every day", "every %(num)s days", 1 if rhythm == 1 else 2) % {"num": days},
        _gaps_how(gaps),
    )
    if customer.next_order_on is None:
        how = _("is said from orders on %(n)s different days on") % {"n": ENOUGH_DAYS}
        return [every, Figure(_("Next order expected"), "–", how)]
    words = {"day": short_date(customer.last_order_on), "days": days}
    how = _("last order on %(day)s + %(days)s days") % words
    tone = "amber" if customer.next_order_on < today else ""
    return [every, Figure(_("Next order expected"), short_date(customer.next_order_on), how, tone)]


def _gaps_how(gaps: Sequence[int]) -> str:
    if len(gaps) == 1:
        return _("the days between two orders")
    if len(gaps) <= GAPS_SHOWN:
        shown = ", ".join(num(gap) for gap in gaps)
        return _("median of the %(n)s gaps between orders: %(gaps)s days") % {"n": len(gaps), "gaps": shown}
    words = {"n": num(len(gaps)), "low": num(gaps[0]), "high": num(gaps[-1])}
    return _("median of the %(n)s gaps between orders, which last %(low)s to %(high)s days") % words


def _quiet_sentence(customer: Row, today: date) -> str:
    words = {"days": num((today - customer.last_order_on).days), "rhythm": num(customer.order_rhythm_days, 0)}
    return _(
        "Unusually quiet: no order for %(days)s days, usually one every %(rhythm)s. Said from half as long again as the rhythm on, "
        "and at least two weeks after the next order was expected."
    ) % words  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuotationLine:
    """A quotation in a list: its title, what state it is in, and what there is to say about its time."""

    id: int
    title: str
    amount: str
    status: str
    status_word: str
    tone: str
    time: str


@dataclass(frozen=True, slots=True)
class QuotationsCard:
    shown: list[QuotationLine]
    all: int


STATUS_TONES = {"requested": "amber", "sent": "petrol", "accepted": "good", "declined": ""}


def quotations_card(customer: Row, now: datetime) -> QuotationsCard:
    """The quotations of a customer (quotations_queries.QUOTATIONS_CARD)."""
    stored = decoded(customer.quotations_card)
    calendar = calendar_from(stored["calendar"], now) if stored["calendar"] else None
    rows = [_timed(row, "requested_at", "sent_at", "decided_at") for row in stored["shown"]]
    return QuotationsCard([quotation_line(row, calendar, now) for row in rows], stored["all"])


def quotation_line(row: Mapping[str, Any], calendar: Calendar | None, now: datetime) -> QuotationLine:
    """One quotation in words; `calendar` is needed for open ones only."""
    title = " · ".join(part for part in (row["number"], row["subject"]) if part)
    amount = money(row["amount"], row["currency"]) if row["amount"] is not None else ""
    return QuotationLine(
        row["id"], title, amount, row["status"], word(QUOTATION_STATUSES, row["status"]), STATUS_TONES[row["status"]],
        time_sentence(row, calendar, now),
    )  # fmt: skip


def time_sentence(row: Mapping[str, Any], calendar: Calendar | None, now: datetime) -> str:
    """ "waits for us, 6 h of business time", "sent after 3 h 20 min of business time ..."."""
    status = QuotationStatus(row["status"])
    course = Course(status, row["requested_at"], row["sent_at"], row["decided_at"])
    waits = waiting(course, calendar, now) if calendar is not None else None
    if status is QuotationStatus.REQUESTED:
        return _("has waited for %(time)s of business time") % {"time": minutes(waits or 0)}
    took = row["turnaround_min"]
    sent = "" if took is None else _("sent after %(time)s of business time") % {"time": minutes(took)}
    if status is QuotationStatus.SENT:
        has_it = _("the customer has had it for %(time)s") % {"time": minutes(waits or 0)}
        return "; ".join(filter(None, (sent, has_it)))
    reason = word(DECLINE_REASONS, row["decline_reason"]) if row["decline_reason"] else ""
    return ", ".join(part for part in (sent, reason) if part)


def _dated(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: date.fromisoformat(row[name]) if row[name] else None for name in names}}


def _timed(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {**row, **{name: datetime.fromisoformat(row[name]) if row[name] else None for name in names}}
