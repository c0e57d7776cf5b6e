"""The dossier of a customer: what to know before a visit, gathered for two or three sheets of paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.audit import record
from crm.accounts.current import CurrentUser
from crm.consents.may_contact import MayRow, may_contact
from crm.customers.history import HistoryEntry, history_of
from crm.customers.orders.card import OrdersCard, QuotationsCard, orders_card, quotations_card
from crm.customers.portrait import Portrait, portrait_of
from crm.customers.queries import customer_for, journey_of
from crm.database import Row, fetch, fetch_one, transaction
from crm.errors import RuleBroken
from crm.improvement.queries import feedback_page
from crm.profiles.queries import Line, subjects_of
from crm.reminders.alarms import alarms_card
from crm.service_levels.promises import days_overdue
from crm.tickets.listing import NEXT_DUE
from crm.tickets.tables import OPEN_SQL
from crm.touchpoints.guides.queries import guides
from crm.touchpoints.guides.rules import GuideView, Step, steps_for, suitable
from crm.touchpoints.journey import JourneyDrawing
from crm.touchpoints.strip import ON_PAPER, strip_of
from crm.web.formats import ago, local, num
from crm.web.i18n import _, ngettext

LINES = 8
"""So many lines of the history are printed."""
POINTS = 8
YEAR = timedelta(days=365)

_ENQUIRIES = f"""
    SELECT k.id, k.subject, k.status, k.priority, k.opened_at, k.is_moment_of_truth, u.name AS assignee_name, {NEXT_DUE} AS due_at,
        count(*) OVER ()::int AS in_all, count(*) FILTER (WHERE {NEXT_DUE} < $2) OVER ()::int AS overdue
    FROM ticket k LEFT JOIN staff u ON u.id = k.assignee LEFT JOIN person p ON p.id = k.person
    WHERE k.customer = $1 AND k.merged_into IS NULL AND k.status IN {OPEN_SQL} AND p.restricted_at IS NULL
    ORDER BY due_at NULLS LAST, k.id LIMIT 10
"""
_SATISFACTION = """
    SELECT avg(a.score)::float8 AS mean, count(*)::int AS n FROM survey_answer a LEFT JOIN person p ON p.id = a.person
    WHERE a.customer = $1 AND a.metric = 'csat' AND p.restricted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """All of it is as the customer's page says it; of restricted persons nothing (GDPR Art. 18), and no special categories
    (Art. 9), which would lie about on paper. `attributes` are the name of whom they tell and their lines; `satisfaction` is the
    mean (1 to 5; None without any) of the customer's own `answers`."""

    customer: Row
    it: Portrait
    persons: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    enquiries: list[Row]
    orders: OrdersCard
    quotations: QuotationsCard
    points: list[Row]
    attributes: list[tuple[str, list[Line]]]
    history: list[HistoryEntry]
    permissions: list[MayRow]
    journey: JourneyDrawing | None
    guide: GuideView | None
    steps: tuple[Step, ...]
    satisfaction: float | None
    answers: int

    @property
    def open_enquiries(self) -> int:
        """How many are open, those beyond the printed ones included."""
        return self.enquiries[0].in_all if self.enquiries else 0

    @property
    def overdue_enquiries(self) -> int:
        """Of all that are open: on how many a promise was missed."""
        return self.enquiries[0].overdue if self.enquiries else 0


async def dossier_of(user: CurrentUser, customer_id: int, now: datetime) -> Dossier:
    """What this user may take along on a visit, in the language of the moment. Raises NotFound or Moved as `customer_for` does, and
    RuleBroken for a restricted customer: their data are stored and nothing else."""
    customer = await customer_for(user, customer_id)
    if customer.restricted_at is not None:
        raise RuleBroken(_("The data of this customer are restricted: they are stored and not printed (GDPR Art. 18)."))
    it = portrait_of(customer, local(now).date())
    subjects = await subjects_of(user, customer_id)
    restricted = {one.person_id for one in subjects if one.is_restricted}
    points = await feedback_page(customer_id=customer_id, limit=POINTS)
    satisfaction, answers = await fetch_one(_SATISFACTION, customer_id) or (None, 0)
    guide = suitable(await guides(active_only=True), touchpoint="sales_visit", channel="visit", kind=customer.kind)
    return Dossier(
        customer=customer,
        it=it,
        persons=[person for person in it.persons if person["id"] not in restricted],
        alarms=alarms_card(customer.name, customer.alarms),
        enquiries=await fetch(_ENQUIRIES, customer_id, now),
        orders=orders_card(customer, now),
        quotations=quotations_card(customer, now),
        points=[point for point in points.rows if point.at >= now - YEAR],
        attributes=[
            (one.name, lines) for one in subjects if not one.is_restricted and (lines := _printable(one.filled))
        ],
        history=(await history_of(customer_id, limit=LINES)).entries,
        permissions=await may_contact(customer_id, now),
        journey=strip_of(await journey_of(customer_id), ON_PAPER),
        guide=guide,
        steps=steps_for(guide.steps, customer.kind) if guide else (),
        satisfaction=satisfaction,
        answers=answers,
    )


def _printable(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if not line.definition.is_special]


def in_sentences(dossier: Dossier, now: datetime) -> list[str]:
    """What matters most, in two to five sentences."""
    customer = dossier.customer
    if customer.last_contact_at is None:
        said = [_("There has been no contact yet.")]
    else:
        said = [_("The last contact was %(when)s.") % {"when": ago(customer.last_contact_at, now)}]
    if overdue := days_overdue(customer.contact_due_at, now):
        said.append(
            ngettext(
                "By its rhythm the next one has been overdue for one day.",
                "By its rhythm the next one has been overdue for %(num)s days.",
                overdue,
            )
            % {"num": num(overdue)}
        )
    said.extend(_of_enquiries(dossier))
    if dossier.alarms:
        said.append(_("Something went badly and is not put right yet: speak of it first."))
    if (mean := dossier.satisfaction) is not None:
        words = {"value": num(mean, 1), "num": num(dossier.answers)}
        said.append(
            ngettext(
                "Satisfaction stands at %(value)s of 5, from one answer.",
                "Satisfaction stands at %(value)s of 5, from %(num)s answers.",
                dossier.answers,
            )
            % words
        )
    if dossier.orders.quiet:
        said.append(dossier.orders.quiet)
    return said


def _of_enquiries(dossier: Dossier) -> list[str]:
    n, late = dossier.open_enquiries, dossier.overdue_enquiries
    if not n:
        return [_("No enquiry is open.")]
    said = [ngettext("One enquiry is open.", "%(num)s enquiries are open.", n) % {"num": num(n)}]
    if late:
        said.append(
            ngettext("A promise to answer is overdue.", "%(num)s promises to answer are overdue.", late)
            % {"num": num(late)}
        )
    return said


async def note_dossier(customer_id: int, *, by: int, now: datetime) -> None:
    """Put on record that somebody took these data out of the program."""
    async with transaction():
        await record("customer.dossier_printed", "customer", customer_id, by=by, now=now)
