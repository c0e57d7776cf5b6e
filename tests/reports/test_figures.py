"""The figures of a month against a plain recomputation in Python over the raw rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import fields
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from crm.consents.ledger import LedgerEvent, Status, state_of
from crm.consents.tables import ConsentEvent, ConsentEventKind, ConsentSource
from crm.customers.tables import Origin
from crm.database import Row, Statements, counted, fetch
from crm.reports.chapters import growth_sentence
from crm.reports.figures import figures_of
from crm.reports.figures_sales import QuotationMonth
from crm.reports.gathering import gathered
from crm.reports.rollups.sweeping import sweep_rollups
from crm.reports.shape import MonthFigures, Responses, Score
from crm.reports.spreadsheet import csv_of
from crm.web.i18n import speaking
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
LATER = EDGES[2] + timedelta(days=19)
MIDDLE = EDGES[1] + timedelta(days=14)


def near(score: Score | None, value: float | None, n: int) -> None:
    if n == 0:
        assert score is None
    else:
        assert score is not None
        assert score.n == n
        assert score.value == pytest.approx(value)


def mean(values: list[int]) -> float | None:
    return sum(values) / len(values) if values else None


def nps(values: list[int]) -> float | None:
    return 100 * (sum(v >= 9 for v in values) - sum(v <= 6 for v in values)) / len(values) if values else None


class Raw:
    """The rows as they lie in the database, without whatever is restricted or deleted, and the months as intervals."""

    def __init__(self, until: datetime) -> None:
        self.until = until

    async def read(self) -> Raw:
        shut = {
            row.id
            for row in await fetch("SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL")
        }
        self.silent = {row.id for row in await fetch("SELECT id FROM person WHERE restricted_at IS NOT NULL")}

        async def rows(sql: str) -> list[Row]:
            return [row for row in await fetch(sql) if row.customer not in shut and row.person not in self.silent]

        self.contacts = await rows("SELECT * FROM interaction")
        self.answers = await rows("SELECT * FROM survey_answer")
        self.tickets = {row.id: row for row in await rows("SELECT * FROM ticket") if row.opened_at < self.until}
        self.closures = [row for row in await fetch("SELECT * FROM closure") if row.ticket in self.tickets]
        self.merged = await fetch("SELECT id, merged_into FROM ticket WHERE merged_into IS NOT NULL")
        self.messages = await fetch("SELECT * FROM ticket_message")
        self.escalations = [row for row in await fetch("SELECT * FROM escalation") if row.ticket in self.tickets]
        dead = {
            row.id
            for row in await fetch(
                "SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL AND merged_into IS NULL"
            )
        }
        stuck = {row.id for row in await fetch("SELECT id FROM outbox_message WHERE status IN ('refused', 'failed')")}
        self.invited = [
            row for row in await fetch("SELECT * FROM survey_invitation WHERE sent_at IS NOT NULL")
            if row.user is None and row.customer_id not in dead and row.person_id not in self.silent and row.outbox_id not in stuck
        ]  # fmt: skip
        self.phase_of = {row.id: row.phase for row in await fetch("SELECT id, phase FROM touchpoint")}
        return self

    def this(self, at: datetime) -> bool:
        return EDGES[1] <= at < self.until

    def before(self, at: datetime) -> bool:
        return EDGES[0] <= at < EDGES[1]

    def responses(self, when: Callable[[datetime], bool], touchpoints: set[int] | None = None) -> Responses:
        mine = [
            row for row in self.invited if when(row.sent_at) and (touchpoints is None or row.touchpoint in touchpoints)
        ]
        return Responses(len(mine), sum(row.state == "answered" for row in mine))

    def scores(self, metric: str, when: Callable[[datetime], bool], touchpoint: int | None = None) -> list[int]:
        return [
            row.score for row in self.answers
            if row.metric == metric and when(row.at) and touchpoint in (None, row.touchpoint)
        ]  # fmt: skip


async def nothing_is_swept(world: World) -> None:
    """Every figure comes from the raw rows."""


async def all_is_swept(world: World) -> None:
    await sweep_rollups()
    assert not await fetch("SELECT 1 FROM rollup_mark")


async def much_changed_since(world: World) -> None:
    """Some changes were swept, the last ones were not: marked days are read from the raw rows."""
    await sweep_rollups()
    await world.change()
    await sweep_rollups()
    await world.change()
    assert await fetch("SELECT 1 FROM rollup_mark WHERE customer IS NOT NULL")


async def all_changes_are_swept(world: World) -> None:
    await much_changed_since(world)
    await sweep_rollups()


STATES = {
    "past": (1, LATER, nothing_is_swept),
    "past, swept": (2, LATER, all_is_swept),
    "past, half swept": (4, LATER, much_changed_since),
    "running, swept": (3, MIDDLE, all_changes_are_swept),
}


@pytest.fixture(params=STATES)
async def month(request: pytest.FixtureRequest, cast: Cast) -> tuple[MonthFigures, Raw]:
    seed, now, prepare = STATES[request.param]
    world = World(seed, cast)
    await world.fill()
    await prepare(world)
    raw = await Raw(min(now, EDGES[2])).read()
    return await figures_of(OCTOBER, now=now, zone=BERLIN), raw


async def test_contacts_are_counted_by_channel_direction_and_phase(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    mine = [row for row in raw.contacts if raw.this(row.at)]
    assert figures.contacts == len(mine) > 20
    assert figures.contacts_before == sum(raw.before(row.at) for row in raw.contacts)
    assert {row.code: row.count for row in figures.channels if row.count} == Counter(row.channel for row in mine)
    assert {row.code: row.count for row in figures.directions if row.count} == Counter(row.direction for row in mine)
    phases = {row.id: row.code for row in await fetch("SELECT id, code FROM phase")}
    expected = Counter(phases.get(row.phase or raw.phase_of.get(row.touchpoint)) for row in mine)
    assert {row.code: row.contacts for row in figures.phases if row.contacts} == {
        k: v for k, v in expected.items() if k
    }


async def test_scores_are_those_of_the_answers(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    satisfied = raw.scores("csat", raw.this)
    near(figures.satisfaction, mean(satisfied), len(satisfied))
    earlier = raw.scores("csat", raw.before)
    near(figures.satisfaction_before, mean(earlier), len(earlier))
    recommending = raw.scores("nps", raw.this)
    near(figures.nps, nps(recommending), len(recommending))
    effort = raw.scores("effort", raw.this)
    near(figures.effort, mean(effort), len(effort))
    eased = raw.scores("effort", raw.before)
    near(figures.effort_before, mean(eased), len(eased))


async def test_the_response_rate_stands_beside_every_score(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    touchpoints = await fetch("SELECT id, code, department, phase FROM touchpoint")
    assert figures.responses == raw.responses(raw.this)
    assert figures.responses_before == raw.responses(raw.before)
    assert figures.responses.asked > figures.responses.answered > 0
    ids = {row.code: row.id for row in touchpoints}
    for one in figures.touchpoints:
        assert one.responses == raw.responses(raw.this, {ids[one.code]})
    codes = {row.id: row.code for row in await fetch("SELECT id, code FROM phase")}
    for phase in figures.phases:
        assert phase.responses == raw.responses(
            raw.this, {row.id for row in touchpoints if codes[row.phase] == phase.code}
        )
    assert figures.voices is not None
    for place in figures.voices.departments:
        if place.contacts or place.satisfaction:
            there = {row.id for row in touchpoints if row.department == place.code}
            assert place.responses == raw.responses(raw.this, there)


async def test_the_attached_table_tells_the_response_rate(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    this, before = raw.responses(raw.this), raw.responses(raw.before)
    with speaking("en"):
        lines = csv_of(figures).splitlines()
    assert f"At a glance,,Customers who were asked,{this.asked},{before.asked},,," in lines
    (rate,) = (line.split(",") for line in lines if line.startswith("At a glance,,Response rate (%)"))
    assert [float(cell) for cell in rate[3:6]] == pytest.approx(
        [100 * this.answered / this.asked, 100 * before.answered / before.asked, this.answered], abs=0.001
    )


async def test_each_touchpoint_has_its_own_contacts_and_scores(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    ids = {row.code: row.id for row in await fetch("SELECT id, code FROM touchpoint")}
    assert len(figures.touchpoints) == len(ids)
    for one in figures.touchpoints:
        mine = [row for row in raw.contacts if row.touchpoint == ids[one.code] and raw.this(row.at)]
        assert (one.contacts, one.marked) == (len(mine), sum(row.is_moment_of_truth for row in mine))
        satisfied = raw.scores("csat", raw.this, ids[one.code])
        near(one.satisfaction, mean(satisfied), len(satisfied))
        assert one.low_answers == sum(score <= 2 for score in satisfied)
        near(one.nps, nps(raw.scores("nps", raw.this, ids[one.code])), len(raw.scores("nps", raw.this, ids[one.code])))
        impressions = [row.impression for row in mine if row.impression]
        near(one.staff, mean(impressions), len(impressions))


async def test_the_year_has_twelve_months_in_local_time(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    assert [point.month.month for point in figures.year] == [11, 12, *range(1, 11)]
    for point in figures.year:
        mine = [
            row for row in raw.contacts
            if row.at < raw.until and row.at.astimezone(BERLIN).date().replace(day=1) == point.month
        ]  # fmt: skip
        assert point.contacts == len(mine)
    assert figures.year[-1].satisfaction == figures.satisfaction


def outcome(raw: Raw, due: datetime | None, reached: datetime | None, ticket: Row, is_solution: bool) -> str:
    if due is None:
        return ""
    if reached is not None and reached <= due:
        return "kept"
    undecided = due >= raw.until or ticket.is_recalculated
    stands_still = is_solution and reached is None and ticket.status in ("waiting", "postponed")
    return "" if undecided or stands_still else "missed"


async def test_promises_count_in_the_month_of_their_due_time(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    first: Counter[str] = Counter()
    solution: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for ticket in raw.tickets.values():
        answered = ticket.first_responded_at or ticket.solved_at
        pairs = (
            (ticket.first_response_due_at, answered, False, first),
            (ticket.solution_due_at, ticket.solved_at, True, solution),
        )
        for due, reached, is_solution, counter in pairs:
            found = outcome(raw, due, reached, ticket, is_solution)
            if EDGES[1] <= due < EDGES[2]:
                counter[found] += 1
            elif raw.before(due):
                before[found] += 1
    assert sum(row.first_kept for row in figures.promises) == first["kept"] > 0
    assert sum(row.first_missed for row in figures.promises) == first["missed"]
    assert sum(row.solution_kept for row in figures.promises) == solution["kept"] > 0
    assert sum(row.solution_missed for row in figures.promises) == solution["missed"] > 0
    assert (figures.promises_kept_before, figures.promises_due_before) == (
        before["kept"],
        before["kept"] + before["missed"],
    )


def was_solved_at_first_contact(raw: Raw, ticket: int) -> bool:
    """One reply was enough until the first solution, which held for 7 days."""
    first = min((row for row in raw.closures if row.ticket == ticket), key=lambda row: row.at)
    family = {ticket} | {row.id for row in raw.merged if row.merged_into == ticket}
    replies = [row for row in raw.messages if row.ticket in family and row.kind == "reply" and not row.is_automatic]
    held = first.reopened_at is None or first.reopened_at >= first.at + timedelta(days=7)
    given_back = any(row.ticket == ticket and row.is_back for row in raw.escalations)
    return held and not given_back and sum(row.at <= first.at for row in replies) <= 1


async def test_levels_count_opened_solved_first_contact_and_open(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    for level in figures.levels:
        mine = {key: row for key, row in raw.tickets.items() if row.required_level == level.level}
        assert level.opened == sum(raw.this(row.opened_at) for row in mine.values())
        assert level.opened_before == sum(raw.before(row.opened_at) for row in mine.values())
        solved = {row.ticket for row in raw.closures if row.ticket in mine and raw.this(row.at) and not row.reopened_at}
        assert level.solved == len(solved)
        at_once = {key for key in solved if not mine[key].escalations and was_solved_at_first_contact(raw, key)}
        assert level.solved_at_first_contact == len(at_once)
        solved = {
            row.ticket for row in raw.closures if row.ticket in mine and raw.before(row.at) and not row.reopened_at
        }
        assert level.solved_before == len(solved)
        at_once = {key for key in solved if not mine[key].escalations and was_solved_at_first_contact(raw, key)}
        assert level.solved_at_first_contact_before == len(at_once)
        assert level.escalations_before == sum(raw.before(row.at) for row in raw.escalations if row.ticket in mine)
        assert level.escalations == sum(raw.this(row.at) for row in raw.escalations if row.ticket in mine)
        closed = {
            row.ticket for row in raw.closures
            if row.at < raw.until and (row.reopened_at is None or row.reopened_at >= raw.until)
        }  # fmt: skip
        assert level.open_at_end == len(mine.keys() - closed)


async def test_enquiries_by_topic_kind_and_cause(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    topics: dict[Any, str] = {row.id: row.code for row in await fetch("SELECT id, code FROM topic")}
    this = Counter(topics.get(row.topic, "") for row in raw.tickets.values() if raw.this(row.opened_at))
    assert {row.code: row.opened for row in figures.topics if row.opened} == this
    july = datetime(2026, 7, 1, tzinfo=BERLIN)
    usual = Counter(topics.get(row.topic, "") for row in raw.tickets.values() if july <= row.opened_at < EDGES[1])
    for row in figures.topics:
        assert row.usual == pytest.approx(usual[row.code] / 3, abs=0.001)
    causes = Counter(row.cause for row in raw.closures if raw.this(row.at) and not row.reopened_at)
    assert {row.code: row.count for row in figures.causes if row.count} == causes
    kinds = Counter(row.kind for row in raw.tickets.values() if raw.this(row.opened_at))
    assert {row.code: row.count for row in figures.kinds if row.count} == kinds


def a_month_with(**parts: list[dict[str, Any]]) -> MonthFigures:
    """The figures of a month of which nothing but these parts is known."""
    quotations = {one.name: 0 for one in fields(QuotationMonth) if one.name != "declines"}
    known = {"won": [{"count": 0, "before": 0}], "expectations": [{"n": 0}], "quotations": [quotations], **parts}
    return gathered(defaultdict(list, known), month=OCTOBER, now=LATER, is_provisional=False)


@pytest.mark.parametrize(
    "count", ["opened", "opened_before", "solved", "solved_at_first_contact", "escalations", "open_at_end"]
)
def test_level_0_has_its_line_where_anything_happened_there(count: str) -> None:
    counts = ("opened", "opened_before", "solved", "solved_at_first_contact", "escalations", "open_at_end")
    nothing = [{"level": level, **dict.fromkeys(counts, 0)} for level in (0, 1)]
    assert [row.level for row in a_month_with(levels=nothing).levels] == [1]
    assert [row.level for row in a_month_with(levels=[nothing[0] | {count: 1}, nothing[1]]).levels] == [0, 1]


def test_lost_prospects_are_not_called_customers() -> None:
    with speaking("de"):
        said = growth_sentence(a_month_with(losses=[{"code": "price", "count": 2, "before": 0}]))
        assert said.startswith("2 Kunden und Interessenten haben wir verloren.")


async def test_new_and_overdue_customers(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    customers = await fetch(
        "SELECT c.*, f.contact_due_at FROM customer c JOIN customer_figures f ON f.customer = c.id "
        "WHERE c.restricted_at IS NULL AND c.deleted_at IS NULL"
    )
    assert {row.code: row.count for row in figures.origins if row.count} == Counter(
        c.origin_code for c in customers if raw.this(c.created_at)
    )
    assert {row.code for row in figures.origins} <= {"", *Origin}
    with speaking("de"):
        about = {
            line.split(";")[1] for line in csv_of(figures).splitlines() if line.startswith("Aufmerksam geworden durch;")
        }
    assert about <= {"Messe", "Etwas anderes", "nicht erfragt"}
    assert ("nicht erfragt" in about) == ("" in {row.code for row in figures.origins})
    living = [c for c in customers if c.status != "former" and c.created_at < raw.until]
    assert sum(row.customers for row in figures.overdue) == len(living)
    assert sum(row.overdue for row in figures.overdue) == sum(
        bool(c.contact_due_at and c.contact_due_at < raw.until) for c in living
    )


async def test_consent_coverage_is_what_the_ledger_says(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    purposes = {row.code: row for row in await fetch("SELECT * FROM purpose")}
    events = [
        row
        for row in await fetch("SELECT * FROM consent_event")
        if row.at < raw.until and row.person_id not in raw.silent
    ]
    for consent in figures.consents:
        mine = [row for row in events if row.purpose == consent.code]
        covered = set()
        for person, channel in {(row.person_id, row.channel) for row in mine if row.person_id}:
            story = [
                LedgerEvent(row.id, ConsentEventKind(row.event), ConsentSource(row.source), row.at)
                for row in mine if (row.person_id, row.channel) == (person, channel)
            ]  # fmt: skip
            state = state_of(story, needs_confirmation=purposes[consent.code].needs_confirmation, channel=channel)
            if state.status == Status.GIVEN:
                covered.add(person)
        assert consent.covered == len(covered)
        no = {
            (row.person_id, row.address_key)
            for row in mine
            if raw.this(row.at) and row.event in ("withdrawn", "objected")
        }
        assert consent.withdrawn == len(no)
        yes = {
            (row.person_id, row.address_key) for row in mine if raw.this(row.at) and row.event in ("given", "confirmed")
        }
        assert consent.given == len(yes)


async def test_all_figures_come_from_one_statement(cast: Cast) -> None:
    token = counted.set(Statements())
    try:
        await figures_of(OCTOBER, now=LATER, zone=BERLIN)
        assert len(counted.get() or ()) == 1
    finally:
        counted.reset(token)


async def test_a_month_without_data_has_no_scores_and_zero_counts(cast: Cast) -> None:
    figures = await figures_of(OCTOBER, now=LATER, zone=BERLIN)
    assert figures.is_empty
    assert (figures.contacts, figures.satisfaction, figures.nps, figures.satisfaction_target) == (0, None, None, None)
    assert [point.contacts for point in figures.year] == [0] * 12


async def test_at_equal_times_the_refusal_wins_in_the_report_too(cast: Cast) -> None:
    world = World(6, cast)
    await world.customers()
    for event in ("withdrawn", "given"):
        await ConsentEvent(
            person_id=world.person_ids[0], purpose="offers", channel="phone", source="phone", event=event, at=EDGES[1],
            payload_id=1, payload_hash=b"", previous_hash=b"", hash=b"",
        ).save()  # fmt: skip
    figures = await figures_of(OCTOBER, now=LATER, zone=BERLIN)
    offers = next(row for row in figures.consents if row.code == "offers")
    assert (offers.covered, offers.given, offers.withdrawn) == (0, 1, 1)
