"""The reads of contact events: what the log form needs, and the company's contact history."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from crm.customers.contact_papers import papers_sql
from crm.customers.data import full_name_sql
from crm.customers.taking_part import names_sql
from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.interactions.belonging import options
from crm.interactions.sensible import Here, Place, Reason, Use
from crm.tickets.tables import OPEN_SQL
from crm.web.formats import short_date
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 40
MOST_OFFERED = 10
"""So many of the newest orders and quotations of a customer can be chosen in the form, and the products in them."""

_FORM = f"""
    SELECT c.id, c.name, c.number, c.kind,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(p.id, {full_name_sql("p")}, a.function) ORDER BY a.position, a.id), '[]')
            FROM affiliation a JOIN person p ON p.id = a.person AND p.restricted_at IS NULL WHERE a.customer = c.id)::text AS persons,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(u.id, u.name) ORDER BY u.name, u.id), '[]')
            FROM staff u WHERE u.deactivated_at IS NULL)::text AS colleagues,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(k.id, k.subject) ORDER BY k.opened_at DESC), '[]')
            FROM ticket k WHERE k.customer = c.id AND (k.status IN {OPEN_SQL} OR k.id = $2))::text AS tickets,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(o.id, o.number, to_char(o.ordered_on, 'YYYY-MM-DD'))
                ORDER BY o.ordered_on DESC, o.id DESC), '[]')
            FROM (SELECT o.id, o.number, o.ordered_on FROM customer_order o WHERE o.customer = c.id
                ORDER BY o.id = $3 DESC NULLS LAST, o.ordered_on DESC, o.id DESC LIMIT {MOST_OFFERED}) o)::text AS orders,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(q.id, concat_ws(' · ', q.number, nullif(q.subject, '')))
                ORDER BY q.requested_at DESC, q.id DESC), '[]')
            FROM (SELECT q.id, q.number, q.subject, q.requested_at FROM quotation q WHERE q.customer = c.id
                ORDER BY q.id = $4 DESC NULLS LAST, q.requested_at DESC, q.id DESC LIMIT {MOST_OFFERED}) q)::text AS quotations,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(d.id, d.name_{{lang}}) ORDER BY d.name_{{lang}}), '[]') FROM product d
            WHERE d.id = $5 OR d.id IN (SELECT i.product FROM order_item i WHERE i.customer_order IN (SELECT o.id FROM customer_order o
                WHERE o.customer = c.id ORDER BY o.ordered_on DESC, o.id DESC LIMIT {MOST_OFFERED}))
            OR d.id IN (SELECT x.product FROM quotation_product x WHERE x.quotation IN (SELECT q.id FROM quotation q
                WHERE q.customer = c.id ORDER BY q.requested_at DESC, q.id DESC LIMIT {MOST_OFFERED})))::text AS products,
        (SELECT jsonb_build_array(k.channel, t.code, coalesce((SELECT x.code FROM interaction i JOIN touchpoint x ON x.id = i.touchpoint
                WHERE i.customer = c.id AND i.ticket = k.id ORDER BY i.at DESC LIMIT 1), ''), coalesce((SELECT s.code FROM interaction i
                JOIN contact_reason s ON s.id = i.reason WHERE i.customer = c.id AND i.ticket = k.id ORDER BY i.at DESC LIMIT 1), ''),
                CASE WHEN EXISTS (SELECT FROM affiliation a WHERE a.customer = c.id AND a.person = k.person) THEN k.person END)
            FROM ticket k LEFT JOIN topic t ON t.id = k.topic WHERE k.id = $2 AND k.customer = c.id)::text AS enquiry
    FROM (SELECT 1) AS always LEFT JOIN customer c ON c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


NOWHERE = Here()


@dataclass(frozen=True)
class LogForm:
    """What the form of a new contact offers and fills in. `customer_id` is None until one was chosen."""

    customer_id: int | None
    customer_name: str
    persons: list[tuple[int, str, str]]
    tickets: list[tuple[int, str]]
    orders: list[tuple[int, str]]
    quotations: list[tuple[int, str]]
    products: list[tuple[int, str]]
    here: Here = NOWHERE
    person_id: int | None = None
    colleagues: list[tuple[int, str]] = field(default_factory=list)

    @property
    def only_person(self) -> int | None:
        """Whom one talks to at this customer, if there is but one."""
        return self.persons[0][0] if len(self.persons) == 1 else None

    @property
    def belongings(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What the contact can belong to, in groups."""
        tickets = [(number, f"#{number} {subject}") for number, subject in self.tickets]
        return options(
            {"ticket": tickets, "order": self.orders, "quotation": self.quotations, "product": self.products}
        )


async def log_form(
    customer_id: int | None, ticket_id: int | None = None, order_id: int | None = None, quotation_id: int | None = None,
    product_id: int | None = None,
) -> LogForm:  # fmt: skip
    """The form's choices for a customer; one statement. What is named is offered however old it is; an enquiry also says what it
    is about (`here`, `person_id`). NotFound for a customer who isn't there."""
    lang = "de" if language.get() == "de" else "en"
    row = await fetch_one(_FORM.format(lang=lang), customer_id, ticket_id, order_id, quotation_id, product_id)
    if row is None or (customer_id is not None and row.id is None):
        raise NotFound()
    channel, topic, touchpoint, reason, person_id = msgspec.json.decode(row.enquiry or '["", "", "", "", null]')
    return LogForm(
        customer_id=row.id,
        customer_name=row.name or "",
        persons=msgspec.json.decode(row.persons or "[]", type=list[tuple[int, str, str]]),
        tickets=msgspec.json.decode(row.tickets or "[]", type=list[tuple[int, str]]),
        orders=[
            (number, f"{name} · {short_date(date.fromisoformat(on))}" if on else name)
            for number, name, on in msgspec.json.decode(row.orders or "[]", type=list[tuple[int, str, str | None]])
        ],
        quotations=msgspec.json.decode(row.quotations or "[]", type=list[tuple[int, str]]),
        products=msgspec.json.decode(row.products or "[]", type=list[tuple[int, str]]),
        here=Here(touchpoint=touchpoint, channel=channel, topic=topic or "", reason=reason),
        person_id=person_id,
        colleagues=msgspec.json.decode(row.colleagues, type=list[tuple[int, str]]),
    )


async def form_again(customer_id: int | None, *belongs: int | None) -> LogForm:
    """The choices for what was sent; without a customer if that one cannot be used (any more)."""
    try:
        return await log_form(customer_id, *belongs)
    except NotFound:
        return await log_form(None)


_CHOICES = """
    SELECT
        (SELECT coalesce(jsonb_agg(jsonb_build_array(t.code, t.name_{lang}, p.code, p.name_{lang}, t.channels, t.is_moment_of_truth)
            ORDER BY p.position, t.position, t.id), '[]') FROM touchpoint t JOIN phase p ON p.id = t.phase
            WHERE t.state = 'active')::text AS places,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(p.code, p.name_{lang}) ORDER BY p.position, p.id), '[]') FROM phase p
            WHERE p.retired_at IS NULL OR EXISTS (SELECT FROM touchpoint t WHERE t.phase = p.id AND t.state = 'active'))::text AS phases,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(r.code, r.name_{lang}, r.remedy_{lang}, r.is_moment_of_truth,
            coalesce(n.code, t.code, ''), coalesce(k.code, '')) ORDER BY r.position, r.id), '[]')
            FROM contact_reason r LEFT JOIN touchpoint t ON t.id = r.touchpoint LEFT JOIN touchpoint n ON n.id = t.replacement
            LEFT JOIN topic k ON k.id = r.topic
            WHERE r.retired_at IS NULL)::text AS reasons,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(u.channel, u.direction, coalesce(n.code, t.code, ''))
            ORDER BY u.at DESC, u.id DESC), '[]')
            FROM (SELECT id, at, channel, direction, touchpoint FROM interaction
                WHERE by_user = $1 AND customer IS NOT NULL AND channel <> 'web' AND gathering IS NULL
                ORDER BY id DESC LIMIT {looked_at}) u
            LEFT JOIN touchpoint t ON t.id = u.touchpoint LEFT JOIN touchpoint n ON n.id = t.replacement)::text AS uses
"""
LOOKED_AT = 30
"""So many of one's own last contacts say what one usually logs. Messages by the web site are none: they are passed on, not had;
nor are talks at an event: the day after a fair the form proposes what is usual."""


@dataclass(frozen=True)
class Choices:
    """What the form of a contact offers whoever the customer is, and what its user has logged lately, the newest first."""

    places: list[Place]
    phases: list[tuple[str, str]]
    phase_names: dict[str, str]
    reasons: list[Reason]
    uses: list[Use]

    def touchpoints(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """The active touchpoints by phase, in their order, as (phase, [(code, name)])."""
        found: dict[str, list[tuple[str, str]]] = {}
        for place in self.places:
            found.setdefault(self.phase_names[place.phase], []).append((place.code, place.name))
        return list(found.items())


async def choices(user_id: int) -> Choices:
    """One statement."""
    lang = "de" if language.get() == "de" else "en"
    row = await fetch_one(_CHOICES.format(lang=lang, looked_at=LOOKED_AT), user_id)
    assert row is not None
    places = msgspec.json.decode(row.places, type=list[tuple[str, str, str, str, str, bool]])
    reasons = msgspec.json.decode(row.reasons, type=list[tuple[str, str, str, bool, str, str]])
    phases = msgspec.json.decode(row.phases, type=list[tuple[str, str]])
    uses = msgspec.json.decode(row.uses, type=list[tuple[str, str, str]])
    return Choices(
        places=[
            Place(code, name, phase, tuple(filter(None, channels.split(","))), is_moment)
            for code, name, phase, _phase_name, channels, is_moment in places
        ],
        phases=phases,
        phase_names=dict(phases),
        reasons=[Reason(*reason) for reason in reasons],
        uses=[Use(*use) for use in uses],
    )


async def touchpoint_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The active touchpoints by phase, in their order, as (phase, [(code, name)])."""
    rows = await fetch(
        f"SELECT p.name_{language.get()} AS phase, t.code, t.name_{language.get()} AS name "
        "FROM touchpoint t JOIN phase p ON p.id = t.phase WHERE t.state = 'active' ORDER BY p.position, t.position, t.id"
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.phase, []).append((row.code, row.name))
    return list(found.items())


@dataclass(frozen=True)
class Contacts:
    """A page of contact events, newest first; `next` is the cursor of the following page."""

    rows: list[Row]
    next: str | None


async def contacts(
    *,
    channel: str = "",
    touchpoint: str = "",
    reason: str = "",
    by: int | None = None,
    customer_id: int | None = None,
    event_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    among: list[int] | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> Contacts:
    """The company's contact history, narrowed by channel, touchpoint, reason, who logged it, customer or event,
    by time (from `since` up to before `until`) and to the customers `among`; one statement.
    Contacts with restricted or deleted customers or persons are left out (GDPR Art. 18)."""
    arguments: list[Any] = [limit + 1]
    where = ["(i.customer IS NULL OR (c.restricted_at IS NULL AND c.deleted_at IS NULL))", "p.restricted_at IS NULL"]
    for column, value in (
        ("i.channel", channel),
        ("t.code", touchpoint),
        ("i.by_user", by),
        ("i.customer", customer_id),
        ("i.gathering", event_id),
    ):
        if value:
            arguments.append(value)
            where.append(f"{column} = ${len(arguments)}")
    if reason:
        arguments.append(reason)
        where.append(f"i.reason = (SELECT id FROM contact_reason WHERE code = ${len(arguments)})")
    for test, bound in (("i.at >= ${}", since), ("i.at < ${}", until), ("i.customer = ANY(${}::bigint[])", among)):
        if bound is not None:
            arguments.append(bound)
            where.append(test.format(len(arguments)))
    keys = keys_of(before, datetime, int)
    if keys:
        arguments.extend(keys)
        where.append(f"(i.at, i.id) < (${len(arguments) - 1}, ${len(arguments)})")
    rows = await fetch(
        "SELECT i.id, i.at, i.channel, i.direction, i.text, i.impression, i.is_moment_of_truth, i.minutes, i.customer, "
        f"i.ticket, c.name AS customer_name, u.name AS by_name, t.code AS touchpoint, t.name_{language.get()} AS touchpoint_name, "
        f"o.id AS order_id, o.number AS order_number, q.id AS quotation_id, coalesce(q.number, q.subject) AS quotation_name, "
        f"d.id AS product_id, d.name_{language.get()} AS product_name, "
        f"s.code AS reason, s.name_{language.get()} AS reason_name, h.code AS phase, "
        f"i.person AS person_id, {full_name_sql('p')} AS person_name, {names_sql('i.id', 'i.person')} AS taking_part, "
        f"{papers_sql('i.id')} AS papers, i.gathering AS event_id, g.name AS event_name "
        "FROM interaction i LEFT JOIN customer c ON c.id = i.customer LEFT JOIN person p ON p.id = i.person "
        "LEFT JOIN staff u ON u.id = i.by_user LEFT JOIN touchpoint t ON t.id = i.touchpoint "
        "LEFT JOIN customer_order o ON o.id = i.customer_order LEFT JOIN quotation q ON q.id = i.quotation "
        "LEFT JOIN product d ON d.id = i.product LEFT JOIN gathering g ON g.id = i.gathering "
        "LEFT JOIN contact_reason s ON s.id = i.reason LEFT JOIN phase h ON h.id = i.phase "
        f"WHERE {' AND '.join(where)} ORDER BY i.at DESC, i.id DESC LIMIT $1",
        *arguments,
    )
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Contacts(shown, cursor_of(last.at, last.id) if last else None)
