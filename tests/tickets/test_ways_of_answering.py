"""Ways of answering compared: automatic, from a text block, written freely; checked against plain Python over the rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from statistics import median

import pytest

from crm.database import execute, fetch_value
from crm.reports.definitions import WAYS
from crm.reports.ways.queries import blocks_between, ways_between
from crm.reports.ways.rules import COMPARED, WAY_SQL, FirstAnswer, Way, WayFigures, gaps, way_of
from crm.reports.ways.words import told, wait_text
from crm.surveys.results import Rate
from crm.tickets.blocks.catalogue import add_text_block
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.first_contact import REOPENED_WITHIN
from crm.tickets.forms import NewMessage
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.saying import say
from crm.tickets.tables import MessageKind
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
START, END = NOW - 60 * DAY, NOW
GOODWILL = "Wir erstatten Ihnen den Betrag in den nächsten Tagen auf das Konto, von dem Sie bezahlt haben."
TEXT_BLOCK = {
    "topic": "billing",
    "name_de": "Erstattung",
    "name_en": "",
    "body_de": f"{{Anrede}}\n\n{GOODWILL}",
    "body_en": "",
}


async def test_the_rule_and_the_statement_decide_alike(db: None) -> None:
    for was_automatic, replied, spoken, prepared in product((True, False), repeat=4):
        said = await fetch_value(
            f"SELECT {WAY_SQL} FROM (SELECT $1::bool AS was_automatic, $2::bool AS replied, $3::bool AS spoken, $4::bool AS prepared) x",
            was_automatic, replied, spoken, prepared,
        )  # fmt: skip
        assert said == way_of(FirstAnswer(was_automatic, replied, spoken, prepared))


def test_the_first_answer_decides_whoever_went_on_afterwards() -> None:
    assert way_of(FirstAnswer(was_automatic=True, replied=True, spoken=False, prepared=True)) == Way.AUTOMATIC
    assert way_of(FirstAnswer(was_automatic=False, replied=True, spoken=False, prepared=True)) == Way.BLOCK
    assert way_of(FirstAnswer(was_automatic=False, replied=True, spoken=False, prepared=False)) == Way.FREE
    assert way_of(FirstAnswer(was_automatic=False, replied=True, spoken=True, prepared=False)) == Way.SPOKEN
    assert way_of(FirstAnswer(was_automatic=False, replied=False, spoken=False, prepared=False)) == Way.NONE


@dataclass
class Told:
    """What a random enquiry went through, as plain Python counts it."""

    way: Way
    solved_at: datetime
    wait: timedelta | None
    is_resolved: bool
    is_reopened: bool
    topic: int
    scores: list[int] = field(default_factory=list)
    asked: int = 0
    answered: int = 0


class Story:
    """Makes enquiries at random: some of a restricted customer, some solved before or after the days."""

    def __init__(self, desk: Desk, seed: int) -> None:
        self.desk, self.draw = desk, Random(seed)

    async def prepare(self) -> None:
        self.level = await fetch_value("SELECT id FROM service_level WHERE code = 'basis'")
        self.shut = await fetch_value(
            "INSERT INTO customer (number, kind, name, service_level, created_at, restricted_at) "
            "VALUES ('S-1', 'organisation', 'Stille GmbH', $1, $2, $2) RETURNING id", self.level, NOW,
        )  # fmt: skip
        self.topics = [
            int(await fetch_value("SELECT id FROM topic WHERE code = $1", code)) for code in ("billing", "delivery")
        ]
        self.block = await add_text_block(TEXT_BLOCK, by=self.desk.cast.eva.id, now=NOW)
        self.answer = await fetch_value("INSERT INTO approved_answer (created_at) VALUES ($1) RETURNING id", NOW)
        self.survey = await fetch_value(
            "INSERT INTO survey (name, audience, occasion, status, created_at) "
            "VALUES ('N', 'customers', 'none', 'running', $1) RETURNING id", NOW,
        )  # fmt: skip

    async def enquiry(self) -> Told | None:
        """What became of one; None if it is not to be counted."""
        draw, opened = self.draw, START - 5 * DAY + timedelta(minutes=self.draw.randrange(62 * 24 * 60))
        customer, topic = (
            draw.choice((self.desk.emre, self.desk.groessmann, self.desk.emre, self.shut)),
            draw.choice(self.topics),
        )
        escalations = draw.choice((0, 0, 0, 1))
        ticket = int(
            await fetch_value(
                "INSERT INTO ticket (customer, subject, topic, status, opened_at, service_level, first_response_min, next_response_min, "
                "solution_min, escalations) VALUES ($1, 'F', $2, 'solved', $3, $4, 480, 480, 960, $5) RETURNING id",
                customer, topic, opened, self.level, escalations,
            )
        )  # fmt: skip
        automatic = await self.automatic(ticket, opened)
        replies = [] if automatic == "stays" else await self.replies(ticket, opened)
        solved = (replies[-1][0] if replies else opened) + timedelta(minutes=draw.randrange(1, 3000))
        is_reopened = await self.closures(ticket, solved)
        way, wait = Way.NONE, None
        if automatic in ("stays", "ended"):
            way, wait = Way.AUTOMATIC, timedelta(seconds=20)
        elif replies:
            at, channel, prepared = replies[0]
            way, wait = (Way.BLOCK if prepared else Way.SPOKEN if channel == "phone" else Way.FREE), at - opened
        is_enough = automatic == "stays" if way == Way.AUTOMATIC else len(replies) <= 1
        one = Told(way, solved, wait, is_enough and not is_reopened and not escalations, is_reopened, topic)
        await self.opinions(one, ticket, customer)
        return one if customer != self.shut else None

    async def automatic(self, ticket: int, opened: datetime) -> str | None:
        how = self.draw.choice((None, None, "stays", "ended", "unreached"))
        if how:
            await execute(
                "INSERT INTO automatic_answer (ticket, answer, number, score, at, ended_at, ended_by) VALUES ($1, $2, 1, 80, $3, $4, $5)",
                ticket, self.answer, opened + timedelta(seconds=20), None if how == "stays" else opened + HOUR,
                {"stays": None, "ended": "message", "unreached": "unreached"}[how],
            )  # fmt: skip
        return how

    async def replies(self, ticket: int, opened: datetime) -> list[tuple[datetime, str, bool]]:
        at, found = opened, []
        for _reply in range(self.draw.choice((0, 1, 1, 1, 2))):
            at += timedelta(minutes=self.draw.randrange(5, 600))
            channel = self.draw.choice(("email", "email", "phone"))
            prepared = channel == "email" and self.draw.random() < 0.5
            message = await fetch_value(
                "INSERT INTO ticket_message (ticket, kind, channel, text, at) VALUES ($1, 'reply', $2, '', $3) RETURNING id",
                ticket, channel, at,
            )  # fmt: skip
            if prepared:
                await execute(
                    "INSERT INTO answer_source (message, text_block, is_changed) VALUES ($1, $2, false)",
                    message,
                    self.block,
                )
            found.append((at, channel, prepared))
        return found

    async def closures(self, ticket: int, solved: datetime) -> bool:
        again = self.draw.choice((None, None, None, solved + 2 * DAY, solved + REOPENED_WITHIN))
        await execute("INSERT INTO closure (ticket, at, reopened_at) VALUES ($1, $2, $3)", ticket, solved, again)
        if again:
            await execute("INSERT INTO closure (ticket, at) VALUES ($1, $2)", ticket, again + HOUR)
        return again is not None and again < solved + REOPENED_WITHIN

    async def opinions(self, one: Told, ticket: int, customer: int) -> None:
        await csat(customer, ticket, 9, one.solved_at, "nps")
        for n in range(self.draw.choice((0, 0, 1, 2))):
            is_answered = self.draw.random() < 0.7
            one.asked, one.answered = one.asked + 1, one.answered + is_answered
            await execute(
                "INSERT INTO survey_invitation (survey, event, customer_id, ticket_id, state, due_at, sent_at) "
                "VALUES ($1, $2, $3, $4, $5, $6, $6)",
                self.survey, f"ticket {ticket}.{n}", customer, ticket, "answered" if is_answered else "expired", one.solved_at,
            )  # fmt: skip
            if is_answered:
                one.scores.append(self.draw.randint(1, 5))
                await csat(customer, ticket, one.scores[-1], one.solved_at + HOUR)


async def csat(customer: int, ticket: int, score: int, at: datetime, metric: str = "csat") -> None:
    await execute(
        "INSERT INTO survey_answer (customer, ticket, metric, score, at) VALUES ($1, $2, $3, $4, $5)",
        customer,
        ticket,
        metric,
        score,
        at,
    )


async def made_at_random(desk: Desk, seed: int) -> list[Told]:
    """Ninety enquiries; those that are to be counted."""
    story = Story(desk, seed)
    await story.prepare()
    return [one for one in [await story.enquiry() for _number in range(90)] if one is not None]


def counted(rows: list[Told], way: Way, topic: int | None) -> WayFigures:
    mine = [one for one in rows if one.way == way and START <= one.solved_at < END and topic in (None, one.topic)]
    known = [one for one in mine if one.solved_at < NOW - REOPENED_WITHIN]
    scores = [score for one in mine for score in one.scores]
    waits = [one.wait.total_seconds() for one in mine if one.wait is not None]
    return WayFigures(
        way, len(mine), len(known), sum(one.is_resolved for one in known), sum(one.is_reopened for one in known),
        {score: scores.count(score) for score in set(scores)}, Rate(sum(one.asked for one in mine), sum(one.answered for one in mine)),
        pytest.approx(median(waits)) if waits else None,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_figures_are_those_of_plain_python(desk: Desk, seed: int) -> None:
    rows = await made_at_random(desk, seed)
    for topic in (None, rows[0].topic):
        found = await ways_between(START, END, topic_id=topic, now=NOW)
        assert found == {way: counted(rows, way, topic) for way in Way}
    everything = await ways_between(START, END, now=NOW)
    assert all(everything[way].enquiries and everything[way].answers for way in COMPARED)


async def answered(desk: Desk, *texts: str, opened: datetime = NOW - 20 * DAY) -> int:
    """An enquiry of Emre's that Ali answered so, one text an hour, and solved."""
    ali = desk.cast.ali.id
    ticket = (
        await open_ticket(NewTicket(desk.emre, "Erstattung", "?", topic="billing", channel="email"), by=ali, now=opened)
    ).id
    for hour, text in enumerate(texts, 1):
        await say(ticket, NewMessage(MessageKind.REPLY, text), by=ali, now=opened + hour * HOUR)
    await close_ticket(ticket, "", by=ali, now=opened + 9 * HOUR)
    return ticket


async def test_what_agents_do_is_what_is_counted(desk: Desk) -> None:
    block = await add_text_block(TEXT_BLOCK, by=desk.cast.eva.id, now=NOW - 30 * DAY)
    await answered(desk, f"Guten Tag,\n\n{GOODWILL}", "Noch etwas in eigenen Worten.")
    again = await answered(desk, "In eigenen Worten.", GOODWILL)
    await reopen_ticket(again, by=desk.cast.ali.id, now=NOW - 19 * DAY)
    found = await ways_between(START, END, now=NOW)
    assert {way: one.enquiries for way, one in found.items() if one.enquiries} == {Way.BLOCK: 1, Way.FREE: 1}
    assert (found[Way.FREE].known, found[Way.FREE].reopened, found[Way.FREE].resolved) == (1, 1, 0)
    assert found[Way.BLOCK].waited == 3600
    used = next(one for one in await blocks_between(START, END) if one.id == block)
    assert (used.uses, used.changed, used.shown) == (2, 0, None)


async def test_what_was_merged_counts_once_and_its_answers_too(desk: Desk) -> None:
    ali = desk.cast.ali.id
    one, other = [
        (
            await open_ticket(
                NewTicket(desk.emre, "Frage", "?", topic="billing", channel="email"), by=ali, now=NOW - 20 * DAY
            )
        ).id
        for _turn in range(2)
    ]
    await say(one, NewMessage(MessageKind.REPLY, "So."), by=ali, now=NOW - 20 * DAY + HOUR)
    await csat(desk.emre, one, 4, NOW - DAY)
    await merge_tickets(one, other, by=ali, now=NOW - 19 * DAY)
    await close_ticket(other, "", by=ali, now=NOW - 18 * DAY)
    found = await ways_between(START, END, now=NOW)
    assert [(way, one.enquiries, dict(one.answers)) for way, one in found.items() if one.enquiries] == [
        (Way.FREE, 1, {4: 1})
    ]


async def test_a_text_block_is_judged_by_what_was_said_of_the_enquiry_it_was_merged_into(desk: Desk) -> None:
    ali = desk.cast.ali.id
    block = await add_text_block(TEXT_BLOCK, by=desk.cast.eva.id, now=NOW - 30 * DAY)
    one, other = [
        (
            await open_ticket(
                NewTicket(desk.emre, "Frage", "?", topic="billing", channel="email"), by=ali, now=NOW - 20 * DAY
            )
        ).id
        for _turn in range(2)
    ]
    await say(one, NewMessage(MessageKind.REPLY, f"Guten Tag\n\n{GOODWILL}"), by=ali, now=NOW - 20 * DAY + HOUR)
    await csat(desk.emre, one, 3, NOW - 19 * DAY)
    await merge_tickets(one, other, by=ali, now=NOW - 19 * DAY)
    await csat(desk.emre, other, 5, NOW - DAY)
    used = next(use for use in await blocks_between(START, END) if use.id == block)
    assert (used.uses, dict(used.answers)) == (1, {3: 1, 5: 1})
    await execute(
        "UPDATE ticket SET topic = NULL WHERE id = $1", one
    )  # what it was merged into decides what it is about
    billing = await fetch_value("SELECT id FROM topic WHERE code = 'billing'")
    among = next(use for use in await blocks_between(START, END, topic_id=billing) if use.id == block)
    assert among.uses == 1
    await execute(
        "UPDATE ticket SET topic = CASE WHEN id = $1 THEN $2::bigint END WHERE id = ANY($3)", one, billing, [one, other]
    )
    among = next(use for use in await blocks_between(START, END, topic_id=billing) if use.id == block)
    assert among.uses == 0


def figures(**answers: dict[int, int]) -> dict[Way, WayFigures]:
    return {way: WayFigures(way, sum(answers.get(way, {}).values()), answers=answers.get(way, {})) for way in Way}


def test_a_difference_is_told_only_where_it_is_more_than_chance() -> None:
    clear = figures(automatic={2: 20, 3: 20}, free={4: 20, 5: 20}, block={4: 1, 5: 2})
    found = gaps(clear)
    assert [(gap.better, gap.worse, gap.is_clear) for gap in found] == [(Way.FREE, Way.AUTOMATIC, True)]
    assert found[0].value == 2.0
    with speaking("de"):
        said = told(clear, found)[1]
        assert said.startswith(
            "Mit frei geschriebenen Antworten sind Kunden um 2,0 zufriedener als mit automatischen Antworten"
        )
    chance = figures(automatic={3: 3, 4: 3}, free={3: 2, 4: 4})
    with speaking("en"):
        assert "may be chance" in told(chance, gaps(chance))[1]
        few = figures(automatic={1: 4}, free={5: 4})
        assert "too rarely" in told(few, gaps(few))[1]
        assert told(figures(), []) == []


def test_waiting_reads_as_people_say_it() -> None:
    with speaking("de"):
        told_so = [wait_text(one) for one in (None, 20, 3600, 130 * 60, 3 * 86_400)]
        assert told_so == ["–", "unter 1 Minute", "1 Std.", "2 Std. 10 Min.", "3,0 Tage"]


def test_the_definition_names_the_days_of_the_rule() -> None:
    assert f"{REOPENED_WITHIN.days} days" in WAYS.text


async def test_karin_compares_the_ways_and_no_colleague_is_named(browser: Browser, desk: Desk) -> None:
    await made_at_random(desk, 3)
    await browser.log_in(desk.cast.karin)
    page = await browser.get(f"/answers/ways?from={START.date()}&to={END.date()}")
    assert page.status_code == 200
    assert int(page.headers["x-sql-statements"]) <= 8
    assert "frei geschrieben" in page.text
    assert "Ali" not in page.text.split("<main", 1)[1]
    narrowed = await browser.get("/answers/ways?topic=billing&from=2001-01-01&to=2001-01-31")
    assert "Choose" not in narrowed.text
    assert "wurde keine Anfrage mit geschriebener Antwort erledigt" in narrowed.text
    sent = (await browser.api("GET", f"/ways-of-answering?from={START.date()}&to={END.date()}&topic=billing")).json()
    assert [one["way"] for one in sent["ways"]] == [way.value for way in Way]
    assert sent["topic"] == "billing"
    assert sum(one["enquiries"] for one in sent["ways"]) > 0


@pytest.mark.parametrize(
    "query",
    ["from=x&to=y", "topic=gibtsnicht", "from=2026-02-31&to=2026-03-01", "from=2026-11-02&to=2026-11-01", "topic=%00"],
)
async def test_what_is_no_period_and_no_topic_is_told(browser: Browser, desk: Desk, query: str) -> None:
    await browser.log_in(desk.cast.karin)
    page = await browser.get(f"/answers/ways?{query}")
    assert page.status_code == (200 if query == "topic=%00" else 422)
    assert (await browser.api("GET", f"/ways-of-answering?{query}")).status_code == page.status_code


async def test_few_answers_are_said_to_be_few(browser: Browser, desk: Desk) -> None:
    today = datetime.now(UTC)
    ticket = await answered(desk, "In eigenen Worten.", opened=today - 20 * DAY)
    for score in (1, 5, 5, 5):
        await csat(desk.emre, ticket, score, today - DAY)
    await browser.log_in(desk.cast.karin)
    page = await browser.get("/answers/ways")
    assert "zu wenige Antworten" in page.text
    assert "4 Antworten" in page.text
    assert "4,0" not in page.text
    sent = (await browser.api("GET", "/ways-of-answering")).json()
    free = next(one for one in sent["ways"] if one["way"] == "free")
    assert (free["answers"], free["satisfaction"]) == (4, None)


async def test_agents_do_not_see_the_comparison(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/answers/ways")).status_code == 404
