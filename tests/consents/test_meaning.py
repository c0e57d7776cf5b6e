"""What the ledger means, held against a simple reference that was written independently of it: any order of events, clocks that go
wrong, equal times, merged persons, several people with one address, and writers at the same moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.ledger import LedgerEvent, State, state_of, strictest
from crm.consents.queries import STATES
from crm.consents.recording import Entry, record_events
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.verification import verify_ledger
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid
from tests.consents.conftest import NOW, Client, customer, person_at

START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
"""The night in which the clocks go forward."""

NOES = ("refused", "withdrawn", "objected")


@dataclass(frozen=True)
class Said:
    """One thing that was said: what, from where, in which minute."""

    what: str
    source: str
    minute: int


SAID = st.builds(
    Said,
    st.sampled_from([kind.value for kind in Event]),
    st.sampled_from(["web_form", "paper", "phone"]),
    st.integers(0, 6),
)
STORIES = st.lists(SAID, max_size=8)


def meaning(story: Sequence[Said], *, must_confirm: bool) -> str:
    """The reference, by asking backwards: the last no that nothing followed; else what is left of the yes.

    Moments are looked at one after the other. Within a moment all yeses come before all noes, in the order in which they were
    written down.
    """
    told = [
        one
        for minute in sorted({each.minute for each in story})
        for is_end in (False, True)
        for one in story
        if one.minute == minute and (one.what in (*NOES, "expired")) is is_end
    ]
    last_no = max((place for place, one in enumerate(told) if one.what in NOES), default=-1)
    before = told[last_no].what if last_no >= 0 else "none"
    holds, waits, ran_out = False, False, False
    for one in told[last_no + 1 :]:
        if one.what == "given":
            counts = not must_confirm or one.source == "paper" or holds
            holds, waits, ran_out = counts, not counts, False
        elif one.what == "confirmed":
            holds, waits = holds or waits, False
        elif one.what == "expired" and (holds or waits):
            holds, waits, ran_out = False, False, True
    return "given" if holds else "pending" if waits else "expired" if ran_out else before


def events_of(story: Sequence[Said], first: int = 1) -> list[LedgerEvent]:
    return [
        LedgerEvent(number, Event(one.what), Source(one.source), START + timedelta(minutes=one.minute), 1)
        for number, one in enumerate(story, start=first)
    ]


@settings(max_examples=600)
@given(story=STORIES, must_confirm=st.booleans())
def test_a_state_is_what_the_reference_says(story: list[Said], must_confirm: bool) -> None:
    state = state_of(events_of(story), needs_confirmation=must_confirm, channel="email")

    assert state.status == meaning(story, must_confirm=must_confirm)


@settings(max_examples=200)
@given(story=STORIES, seed=st.integers(0, 1000))
def test_the_order_in_which_events_are_read_changes_nothing(story: list[Said], seed: int) -> None:
    events = events_of(story)
    shuffled = events[:]
    random.Random(seed).shuffle(shuffled)

    assert state_of(shuffled, needs_confirmation=True, channel="email") == state_of(
        events, needs_confirmation=True, channel="email"
    )


@settings(max_examples=200)
@given(story=STORIES, hours=st.integers(-11, 14))
def test_the_same_moment_in_another_time_zone_is_the_same_moment(story: list[Said], hours: int) -> None:
    from datetime import timezone

    zone = timezone(timedelta(hours=hours))
    events = events_of(story)
    elsewhere = [
        LedgerEvent(one.id, one.event, one.source, one.at.astimezone(zone if one.id % 2 else UTC), one.wording_version)
        for one in events
    ]

    there = state_of(elsewhere, needs_confirmation=True, channel="email")

    assert there == state_of(events, needs_confirmation=True, channel="email")


@settings(max_examples=200)
@given(stories=st.lists(STORIES, max_size=4))
def test_of_several_any_no_wins_and_then_any_yes(stories: list[list[Said]]) -> None:
    states = [state_of(events_of(story), needs_confirmation=True, channel="email") for story in stories]
    meanings = [meaning(story, must_confirm=True) for story in stories]

    together = strictest(states).status

    for wanted in ("objected", "withdrawn", "refused", "given", "pending", "expired"):
        if wanted in meanings:
            assert together == wanted
            return
    assert together == "none"
    assert strictest([]) == State()


@dataclass(frozen=True)
class People:
    """What each of several people said, and who was merged into whom (by place; into somebody before them, or nobody)."""

    stories: list[list[Said]]
    merged_into: list[int | None]


@st.composite
def people(draw: st.DrawFn) -> People:
    stories = draw(st.lists(STORIES, min_size=1, max_size=4))
    merged = [draw(st.sampled_from([None, *range(place)])) for place in range(len(stories))]
    return People(stories, merged)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(whom=people(), channel=st.sampled_from(["email", "phone"]))
async def test_the_statement_counts_merged_people_as_one_by_the_same_rule(db: None, whom: People, channel: str) -> None:
    for table in ("consent_event", "person"):
        await execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {table} (LIKE public.{table} INCLUDING DEFAULTS) ON COMMIT DROP"
        )
        await execute(f"TRUNCATE pg_temp.{table}")
    survivors: list[int] = []
    number = 0
    for place, (story, into) in enumerate(zip(whom.stories, whom.merged_into, strict=True)):
        survivors.append(place if into is None else survivors[into])
        await execute(
            "INSERT INTO pg_temp.person (id, given_name, family_name, merged_into) VALUES ($1, '', '', $2)",
            place + 1, None if into is None else into + 1,
        )  # fmt: skip
        for one in events_of(story):
            number += 1
            await execute(
                "INSERT INTO pg_temp.consent_event (id, person_id, purpose, channel, event, source, at, payload_id, payload_hash, "
                "previous_hash, hash) VALUES ($1, $2, 'offers', $3, $4, $5, $6, 0, '', '', '')",
                number, place + 1, channel, one.event.value, one.source.value, one.at,
            )  # fmt: skip
    expected: dict[int, str] = {}
    for place in sorted(set(survivors)):
        own = [
            meaning(story, must_confirm=channel == "email")
            for story, survivor in zip(whom.stories, survivors, strict=True)
            if survivor == place and story
        ]
        if own:
            found = next(one for one in (*NOES, "given", "pending", "expired", "none") if one in own)
            expected[place + 1] = "refused" if found in NOES else found

    rows = await fetch(
        f"WITH RECURSIVE {STATES.format(until='true')} SELECT person_id, status FROM consent_state WHERE channel = $1",
        channel,
    )

    assert {row.person_id: row.status for row in rows} == expected


@pytest.mark.parametrize("order", list(permutations(("given", "confirmed", "withdrawn"))))
async def test_whenever_it_is_written_down_the_time_of_what_was_said_counts(
    anna: Client, order: tuple[str, ...]
) -> None:
    """Given at 9, confirmed at 10, withdrawn at 11, told to us in any order by clocks that go wrong by minutes: never a yes."""
    when = {"given": 9, "confirmed": 10, "withdrawn": 11}
    for place, kind in enumerate(order):
        try:
            await record_event(
                person_id=anna.person, purpose="newsletter", channel="email", event=Event(kind), source=Source.WEB_FORM,
                wording_version=1, by=None, now=NOW + timedelta(days=1, minutes=3 - 2 * place),
                at=NOW.replace(hour=when[kind]),
            )  # fmt: skip
        except Invalid:
            assert kind == "confirmed"  # before its "given" is known there is nothing to confirm

    answer = await permission_for(
        person_id=anna.person, purpose="newsletter", channel="email", now=NOW + timedelta(days=2)
    )
    assert answer.code == "consent_withdrawn"


async def test_writers_on_several_connections_make_one_chain_and_lose_nothing(own_database: str) -> None:
    """Single events, bulk loads, a merged person and somebody who breaks off: one unbroken chain, and all that was said in it."""
    firm = await customer("Küchenstudio Yıldız GmbH", "organisation", "T-2")
    persons = [await person_at(firm, "Emre", f"Yıldız {n}", f"emre{n}@yildiz.example") for n in range(4)]
    await execute("UPDATE person SET merged_into = $1 WHERE id = $2", persons[0], persons[3])
    moments = [NOW + timedelta(minutes=(7 * n) % 30) for n in range(24)]

    async def one(n: int) -> int:
        kind = (Event.GIVEN, Event.REFUSED, Event.GIVEN, Event.OBJECTED)[n % 4]
        await record_event(
            person_id=persons[n % 4], purpose="offers", channel="phone", event=kind, source=Source.PHONE, wording_version=1, by=None,
            now=NOW + timedelta(hours=1), at=moments[n], evidence={"note": f"Anruf {n}"},
        )  # fmt: skip
        return 1

    async def several(n: int) -> int:
        entries = [
            Entry(persons[k % 4], None, "survey", "phone", Event.GIVEN, Source.IMPORT, moments[(n + k) % 24], 1)
            for k in range(10)
        ]
        return len(await record_events(entries, by=None, now=NOW + timedelta(hours=1)))

    async def breaks_off(n: int) -> int:
        task = asyncio.create_task(one(n))
        await asyncio.sleep(0)
        task.cancel()
        return 0

    async def looks() -> int:
        for _n in range(5):
            assert (await verify_ledger(by=None, now=NOW)).ok
        return 0

    written = await asyncio.gather(
        *(one(n) for n in range(24)), *(several(n) for n in range(4)), breaks_off(1), breaks_off(2), looks()
    )

    found = await verify_ledger(by=None, now=NOW)
    rows = await fetch("SELECT id, previous_hash, hash FROM consent_event ORDER BY id")
    assert found.ok
    assert sum(written) <= len(rows) <= sum(written) + 2
    assert [bytes(row.previous_hash) for row in rows[1:]] == [bytes(row.hash) for row in rows[:-1]]
    assert await fetch_value(
        "SELECT count(*) FROM consent_event e JOIN consent_payload y ON y.id = e.payload_id"
    ) == len(rows)
    notes = {
        row.note for row in await fetch("SELECT fields ->> 'note' AS note FROM consent_payload WHERE fields ? 'note'")
    }
    assert notes == {f"Anruf {n}" for n in range(24)}


async def test_a_connection_of_its_own_cannot_write_beside_the_lock(own_database: str) -> None:
    """Whoever writes past the program, with any connection, is found by the next verification."""
    firm = await customer("Küchenstudio Yıldız GmbH", "organisation", "T-2")
    person = await person_at(firm, "Emre", "Yıldız", "emre@yildiz.example")
    await record_event(
        person_id=person,
        purpose="newsletter",
        channel="email",
        event=Event.WITHDRAWN,
        source=Source.PHONE,
        by=None,
        now=NOW,
    )
    stranger = await asyncpg.connect(own_database)
    forged = await stranger.fetchval(
        "INSERT INTO consent_event (person_id, purpose, channel, event, wording_version, source, at, recorded_at, payload_id, "
        "payload_hash, previous_hash, hash) SELECT person_id, purpose, channel, 'given', 1, 'paper', now(), now(), payload_id, "
        "payload_hash, hash, sha256('x') FROM consent_event RETURNING id"
    )
    await stranger.close()

    found = await verify_ledger(by=None, now=NOW)

    assert (found.ok, found.first_broken) == (False, forged)
