"""What the events of the ledger add up to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.consents.ledger import LedgerEvent, State, Status, state_of, strictest
from crm.consents.queries import coverage
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute

START = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def ledger(*events: tuple[Event, Source, int]) -> list[LedgerEvent]:
    """Events with their minute after START, in the order of the ledger."""
    return [
        LedgerEvent(number, event, source, START + timedelta(minutes=minute), 1)
        for number, (event, source, minute) in enumerate(events, start=1)
    ]


def by_email(*events: tuple[Event, Source, int]) -> Status:
    return state_of(ledger(*events), needs_confirmation=True, channel="email").status


def test_nothing_said_is_no_consent() -> None:
    assert by_email() == Status.NONE


def test_what_was_typed_into_a_form_waits_for_its_confirmation() -> None:
    assert by_email((Event.GIVEN, Source.WEB_FORM, 0)) == Status.PENDING
    assert by_email((Event.GIVEN, Source.WEB_FORM, 0), (Event.CONFIRMED, Source.WEB_FORM, 1)) == Status.GIVEN


def test_what_was_said_on_the_phone_waits_by_email_but_counts_for_calls() -> None:
    said = ledger((Event.GIVEN, Source.PHONE, 0))

    assert state_of(said, needs_confirmation=True, channel="email").status == Status.PENDING
    assert state_of(said, needs_confirmation=True, channel="phone").status == Status.GIVEN


def test_a_signed_paper_counts_at_once() -> None:
    assert by_email((Event.GIVEN, Source.PAPER, 0)) == Status.GIVEN


def test_a_withdrawal_ends_it_and_a_late_click_does_not_bring_it_back() -> None:
    said = ((Event.GIVEN, Source.WEB_FORM, 0), (Event.WITHDRAWN, Source.PHONE, 1))

    assert by_email(*said) == Status.WITHDRAWN
    assert by_email(*said, (Event.CONFIRMED, Source.WEB_FORM, 2)) == Status.WITHDRAWN


def test_at_the_same_time_the_refusal_wins_whatever_was_recorded_last() -> None:
    assert by_email((Event.WITHDRAWN, Source.PHONE, 5), (Event.GIVEN, Source.PAPER, 5)) == Status.WITHDRAWN
    assert by_email((Event.GIVEN, Source.PAPER, 5), (Event.WITHDRAWN, Source.PHONE, 5)) == Status.WITHDRAWN


def test_the_time_of_the_event_counts_not_the_time_of_recording() -> None:
    assert by_email((Event.WITHDRAWN, Source.PHONE, 9), (Event.GIVEN, Source.PAPER, 3)) == Status.WITHDRAWN


def test_saying_yes_again_does_not_make_a_confirmed_consent_wait() -> None:
    said = ((Event.GIVEN, Source.WEB_FORM, 0), (Event.CONFIRMED, Source.WEB_FORM, 1), (Event.GIVEN, Source.WEB_FORM, 2))

    assert by_email(*said) == Status.GIVEN


def test_running_out_ends_a_yes_but_never_softens_a_no() -> None:
    assert by_email((Event.GIVEN, Source.WEB_FORM, 0), (Event.EXPIRED, Source.OTHER, 1)) == Status.EXPIRED
    assert by_email((Event.OBJECTED, Source.PHONE, 0), (Event.EXPIRED, Source.OTHER, 1)) == Status.OBJECTED


def test_the_confirmed_wording_is_the_one_that_was_given() -> None:
    events = [
        LedgerEvent(1, Event.GIVEN, Source.WEB_FORM, START, 3),
        LedgerEvent(2, Event.CONFIRMED, Source.WEB_FORM, START + timedelta(minutes=1), None),
    ]

    state = state_of(events, needs_confirmation=True, channel="email")

    assert state == State(Status.GIVEN, START + timedelta(minutes=1), 3, Source.WEB_FORM)


def test_of_several_people_with_one_address_any_no_wins() -> None:
    states = [State(Status.GIVEN), State(Status.WITHDRAWN), State(Status.NONE)]

    assert strictest(states).status == Status.WITHDRAWN
    assert strictest([]).status == Status.NONE


EVENTS = st.lists(
    st.tuples(st.sampled_from(list(Event)), st.sampled_from([Source.WEB_FORM, Source.PAPER]), st.integers(0, 4)),
    max_size=7,
)


@given(events=EVENTS)
def test_whatever_happens_the_last_moment_with_a_no_is_no_yes(events: list[tuple[Event, Source, int]]) -> None:
    refusals = {Event.REFUSED, Event.WITHDRAWN, Event.OBJECTED}
    last = max((minute for _event, _source, minute in events), default=0)

    status = by_email(*events)

    if any(event in refusals and minute == last for event, _source, minute in events):
        assert status not in (Status.GIVEN, Status.PENDING)
    if status == Status.GIVEN:
        assert any(event == Event.GIVEN for event, _source, _minute in events)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(people=st.lists(EVENTS, min_size=1, max_size=5), channel=st.sampled_from(["email", "phone"]))
async def test_the_overview_counts_by_the_same_rule(db: None, people: list, channel: str) -> None:
    expected = {"given": 0, "pending": 0, "refused": 0, "expired": 0}
    await execute(
        "CREATE TEMP TABLE IF NOT EXISTS consent_event (LIKE public.consent_event INCLUDING DEFAULTS) ON COMMIT DROP"
    )
    await execute("TRUNCATE pg_temp.consent_event")
    for person, events in enumerate(people, start=1):
        for event in (own := ledger(*events)):
            await execute(
                "INSERT INTO pg_temp.consent_event (id, person_id, purpose, channel, event, source, at, payload_id, "
                "payload_hash, previous_hash, hash) VALUES ($1, $2, 'offers', $3, $4, $5, $6, 0, '', '', '')",
                event.id, person, channel, event.event.value, event.source.value, event.at,
            )  # fmt: skip
        status = state_of(own, needs_confirmation=True, channel=channel).status
        counted = "refused" if status in ("refused", "withdrawn", "objected") else status.value
        if counted in expected:
            expected[counted] += 1

    row = next(r for r in await coverage(START + timedelta(days=1)) if (r.purpose, r.channel) == ("offers", channel))

    assert {name: getattr(row, name) for name in expected} == expected
