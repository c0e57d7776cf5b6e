"""What a night does by approved rules, and what it leaves alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.accounts.tables import User
from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.quotations.actions import create_quotation
from crm.database import Row, decoded, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid
from crm.improvement.actions import NewFeedback, note_feedback
from crm.improvement.tables import FeedbackKind
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.privacy.desk.filing import file_request
from crm.privacy.erasure.holds import lift_hold, place_hold
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import forecast, rule_for, sample
from crm.privacy.retention.rules import RuleChange, approve_rule, change_rule, fingerprint, is_approved
from crm.privacy.retention.running import STALE, run_retention
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.tickets.opening import NewTicket, open_ticket
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers
from tests.privacy.retention.conftest import SOON, approved, make_former, set_rule

NEW_YEAR = datetime(2029, 12, 31, 23, 30, tzinfo=UTC)
"""In Berlin it is 2030 already: what was in 2026 is kept no longer, if the time runs three years from the end of the year."""


async def name_of(person: int) -> str:
    return str(await fetch_value("SELECT given_name || family_name FROM person WHERE id = $1", person))


async def result_of(code: str) -> Row:
    row = await fetch_one(
        "SELECT *, held::text AS held_text FROM retention_result WHERE code = $1 ORDER BY id DESC LIMIT 1", code
    )
    assert row is not None
    return row


async def log_note(cast: Cast, customer: int, person: int, text: str, at: datetime = NOW) -> int:
    new = NewInteraction(
        customer_id=customer, person_id=person, channel=Channel.PHONE, direction=Direction.INBOUND, text=text, at=at
    )
    return (await log_interaction(new, by=cast.petra.id, now=SOON)).id


async def test_the_last_day_is_kept_and_the_next_one_not(cast: Cast, customers: Customers) -> None:
    await make_former(customers.emre)
    await approved(cast, "former_persons", 3, Unit.YEARS, from_year_end=True)
    await run_retention(now=NEW_YEAR - timedelta(hours=1))
    assert await name_of(customers.emre_person) == "EmreYıldız"
    await run_retention(now=NEW_YEAR)
    assert await name_of(customers.emre_person) == ""
    assert await name_of(customers.anna) == "AnnaGrößmann"
    assert (await result_of("former_persons")).done == 1
    assert not await fetch("SELECT FROM suppression_entry")
    assert await fetch_value("SELECT status FROM erasure WHERE by_rule = 'former_persons'") == "done"


async def test_whoever_works_for_a_customer_stays(cast: Cast, customers: Customers) -> None:
    await make_former(customers.groessmann)
    await execute(
        "INSERT INTO affiliation (person, customer, function, is_self, position) VALUES ($1, $2, '', false, 0)",
        customers.anna,
        customers.emre,
    )
    await approved(cast, "former_persons", 1, Unit.YEARS)
    await run_retention(now=NEW_YEAR)
    assert await name_of(customers.anna) == "AnnaGrößmann"


async def test_a_rule_waits_for_its_preview_and_asks_again_when_changed(cast: Cast, customers: Customers) -> None:
    await make_former(customers.emre)
    rule = await set_rule(cast, "former_persons", 2, Unit.YEARS)
    seen = fingerprint(await rule_for(rule))
    await run_retention(now=NEW_YEAR)
    assert await name_of(customers.emre_person) == "EmreYıldız"
    await set_rule(cast, "former_persons", 1, Unit.YEARS)
    with pytest.raises(Conflict):
        await approve_rule(rule, seen, by=cast.sven.id, now=SOON)
    await approve_rule(rule, fingerprint(await rule_for(rule)), by=cast.sven.id, now=SOON)
    assert is_approved(await rule_for(rule))
    await set_rule(cast, "former_persons", 2, Unit.YEARS)
    assert not is_approved(await rule_for(rule))


async def test_a_new_reason_needs_no_new_look(cast: Cast, customers: Customers) -> None:
    rule = await approved(cast, "reminders", 12, Unit.MONTHS)
    row = await rule_for(rule)
    change = RuleChange(12, Unit.MONTHS, False, True, "Anderer Grund", "Another reason")
    await change_rule(rule, change, version=row.version, by=cast.sven.id, now=SOON)
    assert is_approved(await rule_for(rule))
    with pytest.raises(Conflict):
        await change_rule(rule, change, version=row.version, by=cast.sven.id, now=SOON)
    with pytest.raises(Invalid) as refused:
        await change_rule(rule, RuleChange(0, Unit.YEARS, False, True, "", "x"), version=99, by=cast.sven.id, now=SOON)
    assert set(refused.value.errors) == {"amount", "reason_de"}


async def stop_by_restriction(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", customers.emre_person, SOON)


async def stop_by_hold(cast: Cast, customers: Customers) -> None:
    await place_hold(
        person_id=None, customer_id=customers.emre, reason="Streit", until_on=None, by=cast.sven.id, now=SOON
    )


async def stop_by_enquiry(cast: Cast, customers: Customers) -> None:
    new = NewTicket(customer_id=customers.emre, subject="Wo bleibt die Platte?", text="Bitte melden.", channel="phone")
    await open_ticket(new, by=cast.ali.id, now=SOON)


async def stop_by_request(cast: Cast, customers: Customers) -> None:
    await file_request("access", source="mail", person_id=customers.emre_person, now=SOON)


async def stop_by_consent(cast: Cast, customers: Customers) -> None:
    await record_event(
        person_id=customers.emre_person, purpose="newsletter", channel="email", event=ConsentEventKind.GIVEN, wording_version=1,
        source=ConsentSource.PAPER, at=SOON, by=cast.sven.id, now=SOON,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "why"),
    [
        (stop_by_restriction, "restricted"),
        (stop_by_hold, "hold"),
        (stop_by_enquiry, "open"),
        (stop_by_request, "open"),
        (stop_by_consent, "consent"),
    ],
)
async def test_what_stops_it_is_reported(cast: Cast, customers: Customers, stop: object, why: str) -> None:
    await make_former(customers.emre)
    await stop(cast, customers)  # type: ignore[operator]
    rule = await approved(cast, "former_persons", 1, Unit.YEARS)
    found = (await forecast([await rule_for(rule)], NEW_YEAR))["former_persons"]
    assert (found.due, found.held) == (0, {why: 1})
    assert [(one.label, one.held) for one in await sample(await rule_for(rule), NEW_YEAR)] == [("Emre Yıldız", why)]
    await run_retention(now=NEW_YEAR)
    assert await name_of(customers.emre_person) == "EmreYıldız"
    result = await result_of("former_persons")
    assert (result.done, decoded(result.held_text)) == (0, {why: 1})


async def test_officers_are_told_once_of_what_is_held(cast: Cast, customers: Customers) -> None:
    await make_former(customers.emre)
    hold = await place_hold(
        person_id=customers.emre_person, customer_id=None, reason="Streit", until_on=None, by=cast.sven.id, now=SOON
    )
    await approved(cast, "former_persons", 1, Unit.YEARS)
    told = "SELECT \"user\", detail::text FROM notification WHERE kind = 'retention_held'"
    await run_retention(now=NEW_YEAR)
    assert [(row.user, decoded(row.detail)) for row in await fetch(told)] == [(cast.sven.id, {"number": 1})]
    await run_retention(now=NEW_YEAR + timedelta(days=1))
    assert len(await fetch(told)) == 1
    await lift_hold(hold, "Der Streit ist beendet.", by=cast.sven.id, now=NEW_YEAR)
    await run_retention(now=NEW_YEAR + timedelta(days=2))
    assert await name_of(customers.emre_person) == ""
    assert len(await fetch(told)) == 1


async def test_words_of_contacts_go_and_figures_stay(cast: Cast, customers: Customers) -> None:
    old = await log_note(cast, customers.groessmann, customers.anna, "Frau Größmann wünscht Eiche.")
    new = await log_note(
        cast, customers.groessmann, customers.anna, "Frau Größmann wünscht Buche.", NOW + timedelta(minutes=30)
    )
    await execute("UPDATE interaction SET at = $2 WHERE id = $1", new, NEW_YEAR - timedelta(days=20))
    rule = await approved(cast, "contact_texts", 12, Unit.MONTHS)
    assert (await forecast([await rule_for(rule)], NEW_YEAR))["contact_texts"].due == 1
    await run_retention(now=NEW_YEAR)
    assert await fetch_value("SELECT text FROM interaction WHERE id = $1", old) == ""
    assert "Buche" in await fetch_value("SELECT text FROM interaction WHERE id = $1", new)
    line = await fetch_one(
        "SELECT title, body, folded FROM timeline_entry WHERE kind = 'interaction' AND ref_id = $1", old
    )
    assert line is not None
    assert "Eiche" not in line.title + line.body
    assert "eiche" not in line.folded
    assert await fetch_value("SELECT count(*) FROM interaction WHERE customer = $1", customers.groessmann) == 2


async def test_what_customers_said_goes_and_what_is_counted_stays(cast: Cast, customers: Customers) -> None:
    said = "Frau Größmann wünscht Eiche."
    answer = await record_answer(
        NewAnswer(Metric.NPS, 9, "", customers.groessmann, customers.anna, comment=said), at=NOW, by=None, now=NOW
    )
    source = await log_note(cast, customers.groessmann, customers.anna, "Anruf")
    praise = NewFeedback(FeedbackKind.PRAISE, interaction_id=source, text=said)
    feedback = await note_feedback(praise, by=cast.petra.id, now=NOW)
    asked = {"subject": "Tisch", "requested_at": NOW.replace(second=0, microsecond=0)}
    quotation = await create_quotation(customers.groessmann, asked, by=cast.petra.id, now=NOW)
    await execute(
        "UPDATE quotation SET number = 'Q-1', status = 'declined', sent_at = requested_at, decided_at = requested_at, decision_note = $2 "
        "WHERE id = $1",
        quotation, said,
    )  # fmt: skip
    await execute("UPDATE timeline_entry SET body = $2 WHERE kind = 'quotation' AND ref_id = $1", quotation, said)
    for code in ("survey_comments", "feedback_texts", "quotation_notes"):
        await approved(cast, code, 12, Unit.MONTHS)
    await run_retention(now=NEW_YEAR)
    assert await fetch_value("SELECT comment || score FROM survey_answer WHERE id = $1", answer) == "9"
    assert await fetch_value("SELECT text || kind FROM feedback WHERE id = $1", feedback) == "praise"
    assert decoded((await result_of("quotation_notes")).held_text) == {"duty": 1}, "it was sent: a commercial letter"
    await run_retention(now=datetime(2033, 1, 1, 3, 50, tzinfo=UTC))
    assert await fetch_value("SELECT decision_note || status FROM quotation WHERE id = $1", quotation) == "declined"
    assert not await fetch("SELECT FROM timeline_entry WHERE body LIKE '%Eiche%' OR folded LIKE '%eiche%'")


async def test_the_duty_about_letters_wins(cast: Cast, customers: Customers) -> None:
    letter = await log_note(cast, customers.groessmann, customers.anna, "Wir bestätigen den Auftrag.")
    order = await fetch_value(
        "INSERT INTO customer_order (customer, number, ordered_on, currency, channel, status, created_at, version) "
        "VALUES ($1, 'A-77', '2026-11-20', 'EUR', '', 'paid', $2, 1) RETURNING id",
        customers.groessmann, NOW,
    )  # fmt: skip
    await execute("UPDATE interaction SET channel = 'letter', customer_order = $2 WHERE id = $1", letter, order)
    await approved(cast, "contact_texts", 12, Unit.MONTHS)
    await run_retention(now=datetime(2032, 12, 31, 3, 50, tzinfo=UTC))
    assert decoded((await result_of("contact_texts")).held_text) == {"duty": 1}
    await run_retention(now=datetime(2033, 1, 1, 3, 50, tzinfo=UTC))
    assert await fetch_value("SELECT text FROM interaction WHERE id = $1", letter) == ""


async def test_no_more_than_a_nights_work(cast: Cast, customers: Customers) -> None:
    notes = [await log_note(cast, customers.groessmann, customers.anna, f"Gespräch {n}") for n in range(3)]
    await approved(cast, "contact_texts", 12, Unit.MONTHS)
    left = "SELECT count(*) FROM interaction WHERE id = ANY($1) AND text <> ''"
    await run_retention(now=NEW_YEAR, most=2)
    assert await fetch_value(left, notes) == 1
    assert (await result_of("contact_texts")).is_more
    assert not await run_retention(now=NEW_YEAR + timedelta(hours=2), most=2), "this night is done"
    await run_retention(now=NEW_YEAR + timedelta(days=1), most=2)
    assert await fetch_value(left, notes) == 0
    assert not (await result_of("contact_texts")).is_more


async def test_a_night_whose_worker_died_is_gone_on_with(cast: Cast, customers: Customers) -> None:
    note = await log_note(cast, customers.groessmann, customers.anna, "Gespräch")
    await approved(cast, "contact_texts", 12, Unit.MONTHS)
    run = await fetch_value(
        "INSERT INTO retention_run (night_on, started_at, claimed_at, worker) VALUES ($1, $2, $2, 'gone') RETURNING id",
        date(2030, 1, 1), NEW_YEAR,
    )  # fmt: skip
    await execute(
        "INSERT INTO retention_result (run, code, done, held, failed, is_more) VALUES ($1, 'contact_texts', 7, '{}', 0, false)",
        run,
    )
    assert not await run_retention(now=NEW_YEAR + timedelta(minutes=10)), "its worker may be alive"
    assert await run_retention(now=NEW_YEAR + STALE + timedelta(minutes=1))
    assert await fetch_value("SELECT text FROM interaction WHERE id = $1", note) == ""
    assert (await result_of("contact_texts")).done == 8
    assert await fetch_value("SELECT finished_at IS NOT NULL FROM retention_run WHERE id = $1", run)


async def test_the_forecast_says_what_comes_within_a_month(cast: Cast, customers: Customers) -> None:
    await log_note(cast, customers.groessmann, customers.anna, "Gespräch")
    rule = await rule_for(await set_rule(cast, "contact_texts", 12, Unit.MONTHS))
    for now, due, coming in (
        (datetime(2027, 10, 22, 12, tzinfo=UTC), 0, 0),
        (datetime(2027, 10, 24, 12, tzinfo=UTC), 0, 1),
        (datetime(2027, 11, 23, 12, tzinfo=UTC), 0, 1),
        (datetime(2027, 11, 24, 12, tzinfo=UTC), 1, 0),
    ):
        found = (await forecast([rule], now))["contact_texts"]
        assert (found.due, found.coming) == (due, coming), now


async def test_every_rule_can_be_asked_and_run(cast: Cast, customers: Customers) -> None:
    for row in await fetch("SELECT id FROM retention_rule ORDER BY id"):
        rule = await rule_for(row.id)
        await execute("UPDATE retention_rule SET is_on = true, approved = $2 WHERE id = $1", row.id, fingerprint(rule))
        await sample(rule, NEW_YEAR)
    await run_retention(now=NEW_YEAR)
    results = await fetch("SELECT code, failed FROM retention_result ORDER BY id")
    assert len(results) == await fetch_value("SELECT count(*) FROM retention_rule")
    assert [row.code for row in results if row.failed] == []
    assert isinstance(cast.sven, User)
