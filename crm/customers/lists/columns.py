"""The columns that a list of customers can have: what each is called, sorts by, reads and shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from crm.customers.lists.sorting import ABC_CLASS
from crm.customers.words import KINDS, ORIGINS, STATUSES
from crm.database import Row
from crm.web.formats import money, num, phone, short_date
from crm.web.i18n import N_, _, local_name, word
from crm.web.jinja import written

NONE = "–"


@dataclass(frozen=True, slots=True)
class Column:
    """`reads` is SQL beside the columns that every list reads; `kind` is the class of its cells. A `wide` one is left out
    where tables become cards, unless somebody chose it."""

    label: str
    cell: Callable[[Row, datetime], str]
    sort: str = ""
    kind: str = ""
    reads: str = ""
    wide: bool = False


def _due(row: Row, now: datetime) -> str:
    if row.contact_due_at is None:
        return NONE
    if row.contact_due_at >= now:
        return short_date(row.contact_due_at)
    return Markup('<span class="chip rust" title="{}"><span class="sr-only">{} </span>{}</span>').format(
        _("Contact overdue"), _("overdue since"), short_date(row.contact_due_at)
    )


def _tel(row: Row, now: datetime) -> str:
    return Markup('<a href="tel:{}">{}</a>').format(row.phone, phone(row.phone)) if row.phone else NONE


def _mail(row: Row, now: datetime) -> str:
    return Markup('<a href="mailto:{0}">{0}</a>').format(row.email) if row.email else NONE


def _satisfaction(row: Row, now: datetime) -> str:
    """The customers' own answers (CSAT, 1-5) and how many there are."""
    if not row.satisfaction_answers:
        return NONE
    mean = num(float(row.satisfaction_sum) / row.satisfaction_answers, 1)
    return f"{mean} ({row.satisfaction_answers})"


_FIRST = (
    "(SELECT x.{column} FROM {table} x WHERE x.customer = c.id OR x.person = ANY(ARRAY(SELECT y.person FROM affiliation y "
    "JOIN person z ON z.id = y.person WHERE y.customer = c.id AND z.restricted_at IS NULL)) "
    "ORDER BY x.customer NULLS LAST, x.position, x.id LIMIT 1) AS {name}"
)

COLUMNS: dict[str, Column] = {
    "number": Column(N_("Number"), lambda row, now: row.number, "number", "tight soft", wide=True),
    "kind": Column(N_("Kind"), lambda row, now: word(KINDS, row.kind)),
    "status": Column(N_("Status"), lambda row, now: word(STATUSES, row.status), "status"),
    "owner": Column(N_("Owner"), lambda row, now: row.owner or NONE, "owner"),
    "deputy": Column(N_("Deputy"), lambda row, now: row.deputy or NONE, reads="(SELECT name FROM staff WHERE id = c.deputy) AS deputy"),
    "service_level": Column(N_("Service level"), lambda row, now: local_name(row), "service_level", wide=True),
    "tags": Column(
        N_("Tags"), lambda row, now: ", ".join(row.tags) or NONE,
        reads="ARRAY(SELECT t.name FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE g.customer = c.id ORDER BY t.key) AS tags",
    ),
    "city": Column(N_("City"), lambda row, now: row.city or NONE, "city"),
    "postcode": Column(N_("Postcode"), lambda row, now: row.postcode or NONE, reads="a.postcode"),
    "email": Column(N_("E-mail"), _mail, reads=_FIRST.format(column="address", table="email_address", name="email")),
    "phone": Column(N_("Phone"), _tel, kind="tight", reads=_FIRST.format(column="number", table="phone_number", name="phone")),
    "origin": Column(N_("How they heard of us"), lambda row, now: word(ORIGINS, row.origin_code) or NONE, reads="c.origin_code"),
    "external_id": Column(N_("External number"), lambda row, now: row.external_id or NONE, reads="c.external_id"),
    "created": Column(N_("Customer since"), lambda row, now: short_date(row.created_at) or NONE, "created", "num", "c.created_at"),
    "checked": Column(N_("Last checked"), lambda row, now: short_date(row.checked_on) or NONE, "checked", "num", "c.checked_on"),
    "last_contact": Column(N_("Last contact"), lambda row, now: short_date(row.last_contact_at) or NONE, "last_contact", "num", wide=True),
    "due": Column(N_("Contact due"), _due, "due", "num"),
    "open": Column(N_("Open enquiries"), lambda row, now: str(row.open_tickets or NONE), "open", "num"),
    "satisfaction": Column(N_("Satisfaction"), _satisfaction, "satisfaction", "num", "f.satisfaction_sum, f.satisfaction_answers"),
    "class": Column(N_("ABC class"), lambda row, now: row.abc_class or NONE, "class", reads=f"{ABC_CLASS} AS abc_class"),
    "orders": Column(N_("Orders"), lambda row, now: num(row.orders) if row.orders else NONE, "orders", "num", "f.orders"),
    "revenue": Column(N_("Revenue"), lambda row, now: money(row.revenue) if row.revenue else NONE, "revenue", "num", "f.revenue"),
    "last_order": Column(N_("Last order"), lambda row, now: short_date(row.last_order_on) or NONE, "last_order", "num", "f.last_order_on"),
}  # fmt: skip
USUAL = ("number", "status", "owner", "service_level", "last_contact", "due", "open")
MOST = 12


def chosen(codes: Iterable[str]) -> tuple[str, ...]:
    """The columns of these codes that exist, each once, in their order; the usual ones for none."""
    known = tuple(dict.fromkeys(code for code in codes if code in COLUMNS))[:MOST]
    return known or USUAL


def reads_of(codes: Iterable[str]) -> str:
    """What the columns read beside what every list does."""
    return "".join(f", {COLUMNS[code].reads}" for code in codes if COLUMNS[code].reads)


def headings(codes: Iterable[str]) -> list[tuple[str, str, str]]:
    """Label, sort key and kind of each column, the name first, for the table macro."""
    rest = [(_(COLUMNS[code].label), COLUMNS[code].sort, COLUMNS[code].kind.split(" ")[0]) for code in codes]
    return [(_("Name"), "name", ""), *rest]


def lines(rows: Iterable[Row], codes: Iterable[str], now: datetime) -> list[tuple[Row, Markup]]:
    """Each customer with the cells of these columns. They are joined here and not in the template, where each of some hundred
    cells costs three times as much: no page is looked at more often."""
    columns = [COLUMNS[code] for code in codes]
    opening = [
        Markup('<td data-label="{}" class="{}{}">').format(_(each.label), each.kind, " wide-only" if each.wide else "")
        for each in columns
    ]
    shown = [(opened, each.cell) for opened, each in zip(opening, columns, strict=True)]
    return [
        (row, Markup("".join(f"{opened}{written(cell(row, now))}</td>" for opened, cell in shown)))  # noqa: S704  # escaped
        for row in rows
    ]


def choices(codes: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """All columns as (code, label, is shown): the shown ones first, in their order."""
    return [(code, _(COLUMNS[code].label), True) for code in codes] + [
        (code, _(column.label), False) for code, column in COLUMNS.items() if code not in codes
    ]
