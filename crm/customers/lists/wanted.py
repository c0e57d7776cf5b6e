"""What a list of customers shall show, and each wish as a piece of SQL: list, portfolio, export and bulk changes share it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from crm.customers.freshness import NEEDED
from crm.customers.lists.search_text import pattern, wanted_terms
from crm.customers.tables import CustomerKind, CustomerStatus
from crm.database import Arguments
from crm.text import fold

SHOWN = "c.deleted_at IS NULL AND c.restricted_at IS NULL"
"""Deleted customers are gone, restricted ones (GDPR Art. 18) are stored and nothing else."""

_OWN_OR_PERSONS = (
    "EXISTS (SELECT FROM {table} x WHERE x.customer = c.id) OR EXISTS (SELECT FROM {table} x "
    "JOIN affiliation y ON y.person = x.person WHERE y.customer = c.id)"
)
_FILLED = {
    "reach": " OR ".join(_OWN_OR_PERSONS.format(table=table) for table in ("email_address", "phone_number")),
    "origin_code": "c.origin_code <> ''",
    "owner_id": "c.owner IS NOT NULL",
    "addresses": "EXISTS (SELECT FROM postal_address x WHERE x.customer = c.id)",
    "brief": "c.brief <> ''",
    "persons": "EXISTS (SELECT FROM affiliation x WHERE x.customer = c.id AND NOT x.is_self)",
    "vat_id": "c.vat_id <> ''",
}
LACKING = " OR ".join(
    f"c.kind = '{kind.value}' AND c.status = '{status.value}' AND NOT ({' AND '.join(f'({_FILLED[field]})' for field in needed)})"
    for (kind, status), needed in NEEDED.items()
)
"""Something is missing that this kind of customer needs: the rule of freshness.py, for the list."""


QUIET = "c.status <> 'former' AND f.quiet_from_on <= {on}"
"""Unusually quiet on a day, as crm.customers.orders.card says it: from a former customer no order is expected."""

RFM_GROUPS = {
    "best": "least(x.recency, x.frequency, x.monetary) >= 4",
    "fading": "x.recency <= 2 AND x.frequency >= 4",
    "beginning": "x.recency >= 4 AND x.frequency <= 2 AND least(x.recency, x.frequency, x.monetary) < 4",
    "gone": "x.recency <= 2 AND x.frequency <= 2",
}
"""The groups of customers by RFM, as crm.profiles.explaining.rfm_group tells them (a test holds the two together); all others
who are compared are in the middle. Only who may be scored has a score: organisations, and persons who agreed."""
RFM_GROUPS["middle"] = "x.rfm <> '' AND NOT (" + " OR ".join(RFM_GROUPS.values()) + ")"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A selection of customers and its order. Moments are those before (or since) which something happened: `overdue_at`
    that before which the next contact was due. `rfm` is one of RFM_GROUPS, or three figures with an x for any (5xx). `tags` are
    folded and all demanded; `among` is a choice by id."""

    q: str = ""
    owner_id: int | None = None
    without_owner: bool = False
    deputy_id: int | None = None
    team_id: int | None = None
    overdue_at: datetime | None = None
    status: CustomerStatus | None = None
    service_level: str = ""
    kind: CustomerKind | None = None
    tags: tuple[str, ...] = ()
    origin: str = ""
    place: str = ""
    no_contact_since: datetime | None = None
    has_open_tickets: bool | None = None
    revenue_from: Decimal | None = None
    revenue_below: Decimal | None = None
    no_order_since: date | None = None
    unchecked_since: date | None = None
    lacks_something: bool = False
    created_since: datetime | None = None
    satisfaction_below: Decimal | None = None
    quiet_on: date | None = None
    abc_class: str = ""
    rfm: str = ""
    among: tuple[int, ...] | None = None
    sort: str = "name"

    @property
    def terms(self) -> tuple[str, ...]:
        return wanted_terms(self.q)

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order is said."""
        return any(getattr(self, each.name) != each.default for each in fields(self) if each.name != "sort")


def literal(folded: str) -> str:
    """A pattern as part of the statement rather than as an argument: the planner has to see whether it is rare (trigram
    index) or common (walk along the names). Folding left only letters, digits and spaces, so that nothing can break out."""
    if not all(letter in "abcdefghijklmnopqrstuvwxyz0123456789 %" for letter in folded):
        raise ValueError("not folded")
    return f"'{folded}'"


def folded_sql(column: str) -> str:
    """`crm.text.fold` for the letters of German place names, in SQL (the index ix_address_place has the same words)."""
    plain = f"replace(translate(lower({column}), 'äöüéèâôç', 'aoueeaoc'), 'ß', 'ss')"
    return f"regexp_replace(regexp_replace({plain}, '[^a-z0-9]+', ' ', 'g'), '([aou])e+', '\\1', 'g')"


PLACE = folded_sql("a.city") + ' COLLATE "C"'


def conditions(wanted: Wanted, arguments: Arguments) -> list[str]:
    """The filters without the search terms, for customer c with figures f; the values go into `arguments`."""
    parts = (_whose, _who, _what_happened, _what_worth)
    tests = [SHOWN, *(test for part in parts for test in part(wanted, arguments))]
    if wanted.among is not None:
        tests.append(f"c.id = ANY({arguments(list(wanted.among))}::bigint[])")
    return tests


def search_tests(terms: tuple[str, ...]) -> list[str]:
    return [f"c.search_text LIKE {literal(pattern(term))}" for term in terms]


def _whose(wanted: Wanted, arguments: Arguments) -> list[str]:
    tests = []
    if wanted.owner_id is not None:
        tests.append(f"c.owner = {arguments(wanted.owner_id)}")
    if wanted.without_owner:
        tests.append("c.owner IS NULL")
    if wanted.deputy_id is not None:
        tests.append(f"c.deputy = {arguments(wanted.deputy_id)}")
    if wanted.team_id is not None:
        team = arguments(wanted.team_id)
        tests.append(
            f"(c.team = {team} OR c.team IS NULL AND c.owner = ANY(ARRAY(SELECT id FROM staff WHERE team = {team})))"
        )
    return tests


def _who(wanted: Wanted, arguments: Arguments) -> list[str]:
    tests = []
    if wanted.status is not None:
        tests.append(f"c.status = {arguments(wanted.status.value)}")
    if wanted.kind is not None:
        tests.append(f"c.kind = {arguments(wanted.kind.value)}")
    if wanted.service_level:
        tests.append(f"c.service_level = (SELECT id FROM service_level WHERE code = {arguments(wanted.service_level)})")
    tests += [
        "c.id IN (SELECT g.customer FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE t.key = "
        + arguments(key)
        + ")"
        for key in wanted.tags
    ]
    if wanted.origin:
        tests.append(f"c.origin_code = {arguments(wanted.origin)}")
    if wanted.place:
        tests.append(_in_place(wanted.place, arguments))
    if wanted.created_since is not None:
        tests.append(f"c.created_at >= {arguments(wanted.created_since)}")
    if wanted.unchecked_since is not None:
        tests.append(f"(c.checked_on IS NULL OR c.checked_on < {arguments(wanted.unchecked_since)})")
    if wanted.lacks_something:
        tests.append(f"({LACKING})")
    return tests


def _in_place(place: str, arguments: Arguments) -> str:
    """The first address is in a town whose name, or has a postcode that, begins with this."""
    if place.replace(" ", "").isdecimal():
        test = f'a.postcode COLLATE "C" LIKE {arguments(place.replace(" ", "") + "%")}'
    else:
        test = f"{PLACE} LIKE {literal(fold(place) + '%')}"
    return f"c.id IN (SELECT a.customer FROM postal_address a WHERE a.position = 0 AND {test})"


def _what_worth(wanted: Wanted, arguments: Arguments) -> list[str]:
    """The filters by score."""
    tests = []
    if wanted.abc_class:
        tests.append(f"x.abc_class = {arguments(wanted.abc_class)}")
    if wanted.rfm in RFM_GROUPS:
        tests.append(RFM_GROUPS[wanted.rfm])
    elif wanted.rfm:
        tests.append(f"x.rfm LIKE {arguments(wanted.rfm.replace('x', '_'))}")
    return [f"c.id IN (SELECT x.customer FROM customer_score x WHERE {test})" for test in tests]


def _what_happened(wanted: Wanted, arguments: Arguments) -> list[str]:
    tests = []
    if wanted.overdue_at is not None:
        tests.append(f"f.contact_due_at < {arguments(wanted.overdue_at)}")
    if wanted.no_contact_since is not None:
        tests.append(f"(f.last_contact_at IS NULL OR f.last_contact_at < {arguments(wanted.no_contact_since)})")
    if wanted.has_open_tickets is not None:
        tests.append("f.open_tickets > 0" if wanted.has_open_tickets else "f.open_tickets <= 0")
    if wanted.revenue_from is not None:
        tests.append(f"f.revenue >= {arguments(wanted.revenue_from)}")
    if wanted.revenue_below is not None:
        tests.append(f"f.revenue < {arguments(wanted.revenue_below)}")
    if wanted.quiet_on is not None:
        tests.append(QUIET.format(on=arguments(wanted.quiet_on)))
    if wanted.satisfaction_below is not None:
        tests.append(f"f.satisfaction_sum / nullif(f.satisfaction_answers, 0) < {arguments(wanted.satisfaction_below)}")
    if wanted.no_order_since is not None:
        tests.append(f"f.orders > 0 AND f.last_order_on < {arguments(wanted.no_order_since)}")
    return tests
