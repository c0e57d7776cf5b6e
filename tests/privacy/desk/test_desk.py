"""What officers do with a request, from taking it on to settling it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.history import history_of
from crm.customers.lists.finding import Wanted, find_customers
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.privacy.desk.answering import Answer, draft_for, send_answer
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.handling import begin_request, change_kind, name_subject, settle_identity, settle_request
from crm.privacy.desk.notices import add_recipient, gather_recipients, notices_of, tell_recipient
from crm.privacy.desk.objecting import ask_for_review, record_objection, weigh_objection
from crm.privacy.desk.queries import requests
from crm.privacy.desk.rectifying import present_data, rectify
from crm.privacy.desk.reminding import remind_of_requests, tell_of_restricted_mails
from crm.privacy.desk.restricting import lift_restriction, restrict_processing, restricted_now
from crm.privacy.desk.tables import Identity, RequestKind
from crm.privacy.desk.wordings import Facts, draft
from crm.privacy.erasure.preparing import prepare_erasure
from crm.web.i18n import speaking
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=3)


async def asked(customers: Customers, kind: str = "access") -> int:
    """Anna asks by the address that we know."""
    return await file_request(
        kind, source="mail", text="Bitte.", person_id=customers.anna, requester_name="Anna Größmann",
        requester_address="anna@groessmann.example", now=NOW,
    )  # fmt: skip


async def of_emre(customers: Customers, kind: str) -> int:
    return await file_request(kind, source="page", text="Bitte.", customer_id=customers.emre, now=NOW)


async def row_of(request: int) -> Row:
    row = await fetch_one("SELECT * FROM data_request WHERE id = $1", request)
    assert row is not None
    return row


async def mails() -> list[Row]:
    return await fetch("SELECT * FROM outbox_message WHERE purpose = 'privacy' ORDER BY id")


def words(occasion: str, **changed: object) -> Answer:
    facts = {
        "subject": "Ihre Anfrage",
        "text": "Guten Tag, {reason}",
        "address": "anna@groessmann.example",
        "reason": "Es sind viele Daten.",
    }
    return Answer(occasion, **(facts | changed))  # type: ignore[arg-type]


async def test_identity_is_checked_with_a_how(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    with pytest.raises(Invalid):
        await settle_identity(request, Identity.CONFIRMED, " ", by=cast.sven.id, now=NOW)
    await settle_identity(request, Identity.CONFIRMED, "Rückruf unter ihrer Nummer", by=cast.sven.id, now=NOW)
    row = await row_of(request)
    assert (row.identity, row.identity_how, row.status) == ("confirmed", "Rückruf unter ihrer Nummer", "in_progress")


async def test_asking_for_identity_waits_and_stops_no_clock(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    before = (await row_of(request)).due_on
    await send_answer(request, words("identity", text="Bitte weisen Sie sich aus."), by=cast.sven.id, now=NOW)
    row = await row_of(request)
    assert (row.status, row.identity, row.due_on) == ("waiting_identity", "asked", before)
    assert [(mail.to_address, mail.status) for mail in await mails()] == [("anna@groessmann.example", "queued")]


async def test_it_is_extended_once_with_a_reason_that_the_person_reads(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    with pytest.raises(Invalid):
        await send_answer(request, words("extension", reason=""), by=cast.sven.id, now=NOW)
    with pytest.raises(Invalid):
        await send_answer(request, words("extension", text="Es dauert länger."), by=cast.sven.id, now=NOW)
    await send_answer(request, words("extension"), by=cast.sven.id, now=LATER)
    row = await row_of(request)
    assert (row.due_on, row.extended_on) == (date(2027, 3, 1), LATER.date()), "27 February 2027 is a Saturday"
    assert "Es sind viele Daten." in (await mails())[-1].text
    with pytest.raises(RuleBroken):
        await send_answer(request, words("extension"), by=cast.sven.id, now=LATER)


async def test_after_the_first_month_it_is_too_late_to_extend(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    with pytest.raises(RuleBroken):
        await send_answer(request, words("extension"), by=cast.sven.id, now=NOW + timedelta(days=40))
    assert not await mails()


async def test_a_refusal_names_reason_and_authority_and_settles(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    draft = await draft_for(request, "refusal")
    assert "Art. 77 DSGVO" in draft.text
    assert "{Begründung}" in draft.text
    await send_answer(request, words("refusal", text=draft.text), by=cast.sven.id, now=NOW)
    row = await row_of(request)
    assert (row.status, row.refusal_reason, row.settled_by) == ("refused", "Es sind viele Daten.", cast.sven.id)
    with pytest.raises(RuleBroken):
        await begin_request(request, by=cast.sven.id, now=NOW)


async def test_an_answer_with_a_gap_does_not_go_out(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    draft = await draft_for(request, "answer")
    assert draft.text.startswith("Guten Tag Anna Größmann,")
    with pytest.raises(Invalid) as wrong:
        await send_answer(request, words("answer", text=draft.text), by=cast.sven.id, now=NOW)
    assert "text" in wrong.value.errors
    await send_answer(request, words("answer", text="Hier ist die Auskunft.", settles=True), by=cast.sven.id, now=NOW)
    assert (await row_of(request)).status == "done"
    told = await fetch(
        "SELECT title, body FROM timeline_entry WHERE customer = $1 AND kind = 'mail'", customers.groessmann
    )
    assert [(line.title, line.body) for line in told] == [("", "")], (
        "that it was answered is for everybody, the words are not"
    )
    with speaking("de"):
        shown = [line.title for line in (await history_of(customers.groessmann)).entries if line.kind == "mail"]
    assert shown == ["Antwort auf eine Datenschutzanfrage"]


@pytest.mark.parametrize("occasion", ["receipt", "identity", "extension", "refusal", "answer", "lifting"])
@pytest.mark.parametrize("language", ["de", "en"])
async def test_every_kind_has_its_text_in_both_languages(customers: Customers, occasion: str, language: str) -> None:
    for kind in RequestKind:
        request = await file_request(kind, source="hand", person_id=customers.anna, language=language, now=NOW)
        draft = await draft_for(request, occasion)
        assert "%(" not in draft.text + draft.subject
        assert ("DSGVO" if language == "de" else "GDPR") in draft.text
        assert draft.text.splitlines()[0].endswith(",")


async def test_two_tabs_do_not_overwrite_each_other(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    await begin_request(request, version=1, by=cast.sven.id, now=NOW)
    with pytest.raises(Conflict):
        await settle_request(request, "am Telefon", version=1, by=cast.sven.id, now=NOW)
    await settle_request(request, "am Telefon", version=2, by=cast.sven.id, now=NOW)


async def test_kind_and_person_can_be_set_right(customers: Customers, cast: Cast) -> None:
    request = await file_request("access", source="hand", now=NOW)
    with pytest.raises(Invalid):
        await name_subject(request, customers.groessmann, customers.emre_person, by=cast.sven.id, now=NOW)
    await name_subject(request, customers.emre, None, by=cast.sven.id, now=NOW)
    await change_kind(request, RequestKind.ERASURE, by=cast.sven.id, now=NOW)
    row = await row_of(request)
    assert (row.person, row.customer, row.kind) == (customers.emre_person, customers.emre, "erasure")


async def test_an_identity_was_checked_of_that_person_alone(customers: Customers, cast: Cast) -> None:
    request = await asked(customers)
    await settle_identity(request, Identity.CONFIRMED, "Ausweis", by=cast.sven.id, now=NOW)
    await execute(
        "INSERT INTO access_copy (request, language, status, done, total, entries, blacked, attempts, requested_by, requested_at, serial, "
        "sent_to, handed_how, expires_at, link_until) VALUES ($1, 'de', 'ready', 0, 0, 0, 0, 0, $2, $3, 0, '', '', $4, $4)",
        request, cast.sven.id, NOW, LATER,
    )  # fmt: skip
    await name_subject(request, customers.groessmann, customers.anna, by=cast.sven.id, now=NOW)
    assert (await row_of(request)).identity == "confirmed", "she is the one who was meant before"

    await name_subject(request, customers.emre, None, by=cast.sven.id, now=NOW)

    row = await row_of(request)
    assert (row.person, row.identity, row.identity_by, row.identity_at) == (
        customers.emre_person,
        "unchecked",
        None,
        None,
    )
    copy = await fetch_one("SELECT status, link_until, serial FROM access_copy WHERE request = $1", request)
    assert copy is not None
    assert tuple(copy) == ("failed", None, 1), "Anna's copy is handed to nobody"


async def test_nobody_else_is_named_while_an_erasure_is_open(customers: Customers, cast: Cast) -> None:
    request = await of_emre(customers, "erasure")
    await prepare_erasure(request, by=cast.sven.id, now=NOW)
    with pytest.raises(RuleBroken, match=r"Cancel it|Brechen Sie sie ab"):
        await name_subject(request, customers.groessmann, customers.anna, by=cast.sven.id, now=NOW)


async def test_officers_are_reminded_of_each_day_once(customers: Customers, cast: Cast) -> None:
    await asked(customers)  # due on Monday, 28 December
    for day, told in ((20, 0), (21, 1), (22, 1), (26, 2), (27, 2), (28, 2)):
        now = datetime(2026, 12, day, 9, tzinfo=UTC)
        await remind_of_requests(now=now)
        await remind_of_requests(now=now)
        count = await fetch_value("SELECT count(*) FROM notification WHERE kind IN ('request_due', 'request_overdue')")
        assert count == told, day
    for day in (29, 30):
        await remind_of_requests(now=datetime(2026, 12, day, 9, tzinfo=UTC))
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'request_overdue'") == 1


async def test_a_restricted_private_customer_is_found_by_nobody(customers: Customers, cast: Cast) -> None:
    request = await of_emre(customers, "restriction")
    await restrict_processing(request, "Richtigkeit bestritten", by=cast.sven.id, now=NOW)
    assert not (await find_customers(Wanted(q="Yıldız"), limit=5)).rows
    for table, number in (("person", customers.emre_person), ("customer", customers.emre)):
        assert await fetch_value(f"SELECT restricted_at FROM {table} WHERE id = $1", number) == NOW
    told = await permission_for(person_id=customers.emre_person, purpose="service", channel="email", now=NOW)
    assert (told.allowed, told.code) == (False, "restricted")
    assert (await permission_for(person_id=customers.emre_person, purpose="privacy", channel="email", now=NOW)).allowed
    assert [one.name for one in await restricted_now()] == ["Emre Yıldız"]
    with pytest.raises(RuleBroken):
        await restrict_processing(request, "noch einmal", by=cast.sven.id, now=NOW)


async def test_of_a_company_only_the_person_is_restricted(customers: Customers, cast: Cast) -> None:
    request = await asked(customers, "restriction")
    assert (await find_customers(Wanted(q="anna@groessmann.example"), limit=5)).rows
    await restrict_processing(request, "Widerspruch wird geprüft", by=cast.sven.id, now=NOW)
    assert (await find_customers(Wanted(q="Größmann"), limit=5)).rows
    assert not (await find_customers(Wanted(q="anna@groessmann.example"), limit=5)).rows


async def test_whoever_got_the_data_is_to_be_told_of_a_restriction(customers: Customers, cast: Cast) -> None:
    await export_with(customers.anna)
    request = await asked(customers, "restriction")
    await restrict_processing(request, "Richtigkeit bestritten", by=cast.sven.id, now=NOW)
    assert [one.recipient for one in await notices_of(request)] == ["Druckerei Kern"]


async def test_the_officer_hears_of_each_mail_of_a_restricted_person_once(cast: Cast) -> None:
    write = (
        "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, attempts, received_at) "
        "VALUES ($1, ''::bytea, 'officer', '', '', '', '', '', 0, $2)"
    )
    for number, told in ((1, 1), (2, 2), (3, 3)):
        await execute(write, f"key {number}", NOW)
        for _run in range(2):
            await tell_of_restricted_mails(now=NOW)
        rows = await fetch('SELECT "user" FROM notification WHERE kind = $1', "restricted_mail")
        assert [row.user for row in rows] == [cast.sven.id] * told


async def test_it_is_lifted_only_after_the_person_was_told(customers: Customers, cast: Cast) -> None:
    request = await asked(customers, "restriction")
    restriction = await restrict_processing(request, "Richtigkeit bestritten", by=cast.sven.id, now=NOW)
    with pytest.raises(RuleBroken):
        await lift_restriction(restriction, "geklärt", by=cast.sven.id, now=LATER)
    await send_answer(request, words("lifting"), by=cast.sven.id, now=LATER)
    assert (await mails())[-1].status == "queued", "a restriction does not stop what the law demands"
    await lift_restriction(restriction, "geklärt", by=cast.sven.id, now=LATER)
    assert await fetch_value("SELECT restricted_at FROM person WHERE id = $1", customers.anna) is None
    assert (await find_customers(Wanted(q="anna@groessmann.example"), limit=5)).rows
    with pytest.raises(Conflict):
        await lift_restriction(restriction, "noch einmal", by=cast.sven.id, now=LATER)
    actions = {
        row.action for row in await fetch("SELECT action FROM audit_entry WHERE subject_id = $1", customers.anna)
    }
    assert actions >= {"person.restricted", "person.restriction_lifted"}


async def test_an_objection_to_advertising_holds_for_every_purpose_and_channel(
    customers: Customers, cast: Cast
) -> None:
    request = await of_emre(customers, "objection")
    count = await record_objection(request, "advertising", by=cast.sven.id, now=NOW)
    purposes = await fetch("SELECT code, channels FROM purpose WHERE is_advertising")
    pairs = [(one.code, channel) for one in purposes for channel in one.channels.split(",")]
    assert count == len(pairs) > 3
    for purpose, channel in pairs:
        answer = await permission_for(person_id=customers.emre_person, purpose=purpose, channel=channel, now=LATER)
        assert not answer.allowed, (purpose, channel)
    with pytest.raises(RuleBroken):
        await weigh_objection(request, "overridden", "Wir wollen trotzdem.", by=cast.sven.id, now=NOW)


async def test_an_objection_of_an_address_needs_no_person(customers: Customers, cast: Cast) -> None:
    request = await file_request("objection", source="mail", requester_address="info@fremd.example", now=NOW)
    await record_objection(request, "advertising", by=cast.sven.id, now=NOW)
    answer = await permission_for(address="info@fremd.example", purpose="newsletter", channel="email", now=LATER)
    assert not answer.allowed


async def test_an_objection_to_profiling_takes_the_class_away(customers: Customers, cast: Cast) -> None:
    await execute("UPDATE score_settings SET profiling_basis = 'legitimate_interest'")
    request = await of_emre(customers, "objection")
    await record_objection(request, "profiling", by=cast.sven.id, now=NOW)
    assert not await fetch_value("SELECT profiling_is_allowed($1)", customers.emre_person)
    with pytest.raises(Invalid):
        await weigh_objection(request, "overridden", " ", by=cast.sven.id, now=NOW)
    await weigh_objection(request, "upheld", "Kein zwingender Grund.", by=cast.sven.id, now=NOW)
    assert (await row_of(request)).weighing == "Kein zwingender Grund."


async def test_an_objection_to_legitimate_interest_ends_what_rests_on_it(customers: Customers, cast: Cast) -> None:
    before = await permission_for(person_id=customers.anna, purpose="correspondence", channel="email", now=NOW)
    assert before.allowed
    request = await asked(customers, "objection")
    await record_objection(request, "interest", by=cast.sven.id, now=NOW)
    after = await permission_for(person_id=customers.anna, purpose="correspondence", channel="email", now=LATER)
    assert not after.allowed


async def test_it_ends_advertising_letters_that_rest_on_it_and_no_consent(customers: Customers, cast: Cast) -> None:
    purposes = [
        row.code for row in await fetch("SELECT code FROM purpose WHERE is_advertising AND channels LIKE '%letter%'")
    ]
    before = [
        await permission_for(person_id=customers.anna, purpose=one, channel="letter", now=NOW) for one in purposes
    ]
    assert [one.code for one in before] == ["legitimate_interest_letter"] * len(purposes) != []
    await record_event(
        person_id=customers.anna, purpose="newsletter", channel="email", event=ConsentEventKind.GIVEN, source=ConsentSource.PAPER,
        wording_version=1, by=cast.sven.id, now=NOW,
    )  # fmt: skip
    await record_objection(await asked(customers, "objection"), "interest", by=cast.sven.id, now=NOW)
    for one in purposes:
        assert not (await permission_for(person_id=customers.anna, purpose=one, channel="letter", now=LATER)).allowed, (
            one
        )
    kept = await permission_for(person_id=customers.anna, purpose="newsletter", channel="email", now=LATER)
    assert kept.code == "consent_given"


async def test_a_review_without_a_class_is_refused_in_words(customers: Customers, cast: Cast) -> None:
    request = await of_emre(customers, "review")
    with pytest.raises(RuleBroken):
        await ask_for_review(request, by=cast.sven.id, now=NOW)


async def test_data_are_corrected_and_recipients_listed(customers: Customers, cast: Cast) -> None:
    export = await export_with(customers.anna)
    request = await asked(customers, "rectification")
    present = await present_data(request)
    assert present is not None
    assert (present.family_name, present.email) == ("Größmann", "anna@groessmann.example")
    values = {name: present[name] for name in ("title", "given_name", "birthday", "email", "phone")}
    changed = await rectify(request, values | {"family_name": "Weiß"}, present.version, by=cast.sven.id, now=NOW)
    assert changed == ["family_name"]
    assert await fetch_value("SELECT family_name FROM person WHERE id = $1", customers.anna) == "Weiß"
    (notice,) = await notices_of(request)
    assert (notice.export, notice.recipient, notice.told_on) == (export, "Druckerei Kern", None)
    assert await gather_recipients(request) == 0, "each once"
    with pytest.raises(Conflict):
        await rectify(request, values | {"family_name": "Weis"}, present.version, by=cast.sven.id, now=NOW)
    today = NOW.date()
    with pytest.raises(Invalid):
        await tell_recipient(request, notice.id, "impossible", "", None, by=cast.sven.id, now=NOW, today=today)
    await tell_recipient(request, notice.id, "mail", "", None, by=cast.sven.id, now=NOW, today=today)
    await add_recipient(request, "Steuerbüro", by=cast.sven.id, now=NOW)
    assert [(one.recipient, one.told_on) for one in await notices_of(request)] == [
        ("Steuerbüro", None),
        ("Druckerei Kern", today),
    ]


async def test_the_address_of_a_private_customer_is_corrected(customers: Customers, cast: Cast) -> None:
    request = await of_emre(customers, "rectification")
    present = await present_data(request)
    assert present is not None
    await rectify(
        request,
        {"street": "Am Bach 3", "postcode": "90762", "city": "Fürth"},
        present.version,
        by=cast.sven.id,
        now=NOW,
    )
    address = await fetch_one("SELECT street, city FROM postal_address WHERE customer = $1", customers.emre)
    assert address is not None
    assert (address.street, address.city) == ("Am Bach 3", "Fürth")


async def export_with(person: int) -> int:
    """An export of this person's data to a printer."""
    number = int(
        await fetch_value(
            "INSERT INTO export_run (status, purpose, purpose_text, recipient_kind, recipient, query, described, format, columns, "
            "options, "
            "language, file_name, file_hash, sha256, requested_by, requested_at, finished_at, left_out, total, done, "
            "customers, persons, size, "
            "attempts, fetches) VALUES ('ready', 'contract', '', 'external', 'Druckerei Kern', '', '', 'csv', 'name', '{}', 'de', 'x.csv', "
            "'', "
            "'', 1, $1, $1, '{}', 1, 1, 1, 1, 1, 1, 0) RETURNING id",
            NOW,
        )
    )
    await execute("INSERT INTO export_subjects (export, customers, persons) VALUES ($1, '{}', $2)", number, [person])
    return number


async def test_overdue_ones_stand_first_and_pages_follow_each_other(customers: Customers, cast: Cast) -> None:
    for day in (1, 5, 3, 20, 10):
        await file_request(
            "access", source="hand", person_id=customers.anna, now=datetime(2026, 10, day, 9, tzinfo=UTC)
        )
    today = date(2026, 11, 6)
    first = await requests("open", today, limit=3)
    assert [row.due_on.day for row in first.rows] == [2, 3, 5]
    assert first.counts == {"open": 5, "overdue": 3, "done": 0}
    second = await requests("open", today, after=first.next, limit=3)
    assert ([row.due_on.day for row in second.rows], second.next) == ([10, 20], None)
    assert len((await requests("overdue", today)).rows) == 3
    assert not (await requests("open", today, kind="erasure")).rows


@pytest.mark.parametrize(
    ("kind", "article"), [("review", "22 Abs. 3"), ("consent_withdrawal", "7 Abs. 3"), ("access", "15")]
)
def test_a_receipt_names_the_article_as_germans_write_it(kind: str, article: str) -> None:
    day = NOW.date()
    receipt = draft("receipt", kind, "de", Facts("Guten Tag", day, day, day))
    assert f"Art. {article} DSGVO" in receipt.text
    assert "(3) GDPR" in draft("receipt", "review", "en", Facts("Hello", day, day, day)).text
