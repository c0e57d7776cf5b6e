"""What the demo company keeps about its customers beside the master data, on which basis, and what they are worth to it."""

from __future__ import annotations

from datetime import timedelta

from crm.consents.purposes import add_purpose
from crm.database import execute, fetch_value
from crm.demo.consents import Consents
from crm.demo.customers import Portrait
from crm.demo.draw import Draw
from crm.demo.world import World
from crm.profiles.defining import define_attribute
from crm.profiles.forms import AttributeData
from crm.profiles.reviewing import ask_review, decide_review
from crm.profiles.scoring import compute_scores, request_scores
from crm.profiles.starting import ADVICE, PROFILING
from crm.profiles.tables import About, AttributeKind, ValueType

ACCESS = "accessible_planning"
WHEELCHAIR = AttributeData(
    code="wheelchair", name_de="Rollstuhlgerecht planen", name_en="Plan for a wheelchair",
    kind=AttributeKind.SOCIO_DEMOGRAPHIC, data_type=ValueType.YES_NO, about=About.PERSON, purpose=ACCESS,
    legal_basis="consent", retention=36, roles=frozenset({"sales", "lead"}), is_special=True,
    hint_de="Für Arbeitshöhen und Wege in der Küche", hint_en="For heights and ways in the kitchen",
)  # fmt: skip
AGREES = {ADVICE: 0.06, PROFILING: 0.12, ACCESS: 0.006}
WITHDRAWS = 0.06

_STATE_CONSENTS = """
    INSERT INTO attribute_basis (person, purpose, basis, consent_event, reference, valid_from)
    SELECT e.person_id, e.purpose, 'consent', e.id, '', e.at FROM consent_event e
    WHERE e.purpose = ANY($1) AND e.event = 'given' AND NOT EXISTS (SELECT FROM consent_event w
        WHERE w.person_id = e.person_id AND w.purpose = e.purpose AND w.event = 'withdrawn')
    ORDER BY e.person_id
"""
_STATE_CONTRACTS = """
    INSERT INTO attribute_basis (person, purpose, basis, reference, valid_from)
    SELECT DISTINCT ON (a.person) a.person, 'service', 'contract', o.number, o.ordered_on
    FROM affiliation a JOIN customer_order o ON o.customer = a.customer
    WHERE a.person % 40 = 7 AND o.status <> 'cancelled' ORDER BY a.person, o.ordered_on DESC, o.id DESC
"""
_VALUES = (
    """
    INSERT INTO attribute_value (attribute, customer, text, source, recorded_at, recorded_by, version)
    SELECT t.id, c.id, (ARRAY['crafts', 'trade', 'industry', 'services', 'public', 'crafts'])[1 + c.id * 7919 % 6], 'form',
        greatest(c.created_at, $1), c.owner, 1
    FROM customer c JOIN attribute t ON t.code = 'industry' WHERE c.kind = 'organisation' AND c.id % 4 = 1
    """,
    """
    INSERT INTO attribute_value (attribute, customer, number, source, recorded_at, recorded_by, version)
    SELECT t.id, c.id, (ARRAY[3, 5, 8, 12, 18, 25, 40, 60, 120, 250])[1 + c.id * 6151 % 10], 'form',
        greatest(c.created_at, $1), c.owner, 1
    FROM customer c JOIN attribute t ON t.code = 'employees' WHERE c.kind = 'organisation' AND c.id % 6 = 1
    """,
    """
    INSERT INTO attribute_value (attribute, person, text, source, recorded_at, version)
    SELECT t.id, b.person, (ARRAY['price', 'quality', 'advice', 'quality', 'speed'])[1 + b.person * 7919 % 5], 'form',
        greatest(b.valid_from, $1), 1
    FROM attribute_basis b JOIN attribute t ON t.code = 'decides_by' WHERE b.purpose = 'advice'
    """,
    """
    INSERT INTO attribute_value (attribute, person, flag, source, recorded_at, version)
    SELECT t.id, b.person, true, 'form', greatest(b.valid_from, $1), 1
    FROM attribute_basis b JOIN attribute t ON t.code = 'wheelchair' WHERE b.purpose = 'accessible_planning'
    """,
    """
    INSERT INTO attribute_value (attribute, person, text, source, recorded_at, version)
    SELECT t.id, b.person, CASE WHEN p.language = 'en'
            THEN (ARRAY['in the mornings', 'after 5 pm', 'not on Fridays', 'at lunchtime'])[1 + b.person * 31 % 4]
            ELSE (ARRAY['vormittags', 'ab 17 Uhr', 'nicht freitags', 'in der Mittagspause'])[1 + b.person * 31 % 4] END,
        'form', greatest(b.valid_from, $1), 1
    FROM attribute_basis b JOIN person p ON p.id = b.person JOIN attribute t ON t.code = 'good_time_to_call'
    WHERE b.purpose = 'service'
    """,
)
_LONGEST_AGO = timedelta(days=500)
"""No value is older, so that the first night deletes none."""


class Agreements:
    """Who has agreed that something is kept about them, in a stream of chance of its own."""

    def __init__(self, world: World, draw: Draw, consents: Consents) -> None:
        self.world, self.draw, self.consents = world, draw, consents

    def tell(self, customer: Portrait) -> None:
        """The consents of a customer's first person; a score is for private persons."""
        days = self.world.days
        since, until = max(customer.created_at, days.begin), days.end - timedelta(days=1)
        for purpose, share in AGREES.items():
            if not self.draw.chance(share) or (purpose == PROFILING and customer.kind != "person"):
                continue
            at, person = days.moment(self.draw, since, until), customer.people[0].id
            source = "paper" if self.draw.chance(0.6) else "web_form"
            self.consents.add(at, person, purpose, "given", source, customer.owner)
            if self.draw.chance(WITHDRAWS):
                self.consents.add(at + (days.end - at) * 0.7, person, purpose, "withdrawn", "phone", customer.owner)


async def define(world: World) -> None:
    """One attribute more than every company starts with: a special category (GDPR Art. 9), with a purpose of its own."""
    by, now = world.staff.ids["admin"], world.days.begin
    await add_purpose(
        ACCESS, "Barrierefreie Planung", "Accessible planning",
        "Ich bin ausdrücklich damit einverstanden, dass meine Angaben zu körperlichen Einschränkungen gespeichert werden, "
        "damit die Küche dazu passt. Ich kann diese Einwilligung jederzeit widerrufen.",
        "I explicitly agree that what I say about physical limitations is kept, so that the kitchen fits. I can withdraw this "
        "consent at any time.",
        by=by, now=now,
    )  # fmt: skip
    await define_attribute(WHEELCHAIR, by=by, now=now)


async def write_values(world: World) -> None:
    """The bases, then the values that rest on them."""
    await execute(_STATE_CONSENTS, [ADVICE, ACCESS])
    await execute(_STATE_CONTRACTS)
    for insert in _VALUES:
        await execute(insert, world.now - _LONGEST_AGO)


async def score(world: World) -> None:
    """The scores of last night, one decided by a human being and one that somebody asks to be looked at."""
    now = world.now
    await compute_scores(await request_scores(by=None, now=now, nudge=False), now=now)
    lead, sales = world.staff.ids["lead"], world.staff.ids["sales"]
    if (customer := await _someone("C")) is not None:
        await ask_review(
            customer, "Wir bestellen seit Jahren und empfehlen Sie weiter.", by=sales, now=now - timedelta(days=6)
        )
        await decide_review(
            customer, "B", "Bringt uns jedes Jahr zwei neue Kunden; das zeigt der Umsatz nicht.", by=lead,
            now=now - timedelta(days=2),
        )  # fmt: skip
    if (customer := await _someone("B")) is not None:
        await ask_review(
            customer, "Bittet darum, dass sich jemand die Einstufung ansieht.", by=sales, now=now - timedelta(days=1)
        )


async def _someone(abc_class: str) -> int | None:
    """The organisation of a class with the most orders."""
    found = await fetch_value(
        "SELECT s.customer FROM customer_score s JOIN customer c ON c.id = s.customer "
        "WHERE s.computed_class = $1 AND c.kind = 'organisation' ORDER BY s.orders DESC, s.customer LIMIT 1",
        abc_class,
    )  # fmt: skip
    return int(found) if found else None
