"""Rules about words, addresses and files: of enquiries, of mails, of surveys and interviews."""

from __future__ import annotations

from datetime import timedelta

from crm.customers.documents import NewDocument, attach_document
from crm.database import execute, fetch_value
from crm.files.actions import forget_unused_files
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import forecast, rule_for, sample
from crm.privacy.retention.running import run_retention
from crm.tickets.answering import reply
from crm.tickets.enclosing import enclose
from crm.tickets.opening import NewTicket, open_ticket
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers
from tests.privacy.retention.conftest import approved
from tests.privacy.retention.test_nights import NEW_YEAR


async def attach(customer: int, name: str, at: object = NOW) -> int:
    file = NewDocument(name, b"%PDF-1.7 " + name.encode(), "application/pdf")
    return (await attach_document(customer, file, by=None, now=at)).document_id  # type: ignore[arg-type]


async def enquiry(cast: Cast, customers: Customers, files: list[int], *, is_closed: bool = True) -> int:
    """Anna asks, with these files."""
    new = NewTicket(customers.groessmann, "Wo bleibt die Platte?", "Siehe Foto.", person_id=customers.anna)
    opened = await open_ticket(new, by=cast.ali.id, now=NOW)
    await enclose(await fetch_value("SELECT min(id) FROM ticket_message WHERE ticket = $1", opened.id), files)
    if is_closed:
        await execute("UPDATE ticket SET status = 'closed', closed_at = opened_at WHERE id = $1", opened.id)
    return opened.id


async def names_of_documents() -> list[str]:
    return list(await fetch_value("SELECT coalesce(array_agg(name ORDER BY name), '{}') FROM document"))


async def contents() -> int:
    return int(await fetch_value("SELECT count(*) FROM stored_file"))


async def test_files_of_an_enquiry_go_with_its_words_and_out_of_the_store(cast: Cast, customers: Customers) -> None:
    photo = await attach(customers.groessmann, "Foto.pdf")
    contract = await attach(customers.groessmann, "Vertrag.pdf", NOW - timedelta(days=90))
    ticket = await enquiry(cast, customers, [photo], is_closed=False)
    await reply(ticket, "Anbei der Vertrag.", by=cast.ali.id, now=NOW + timedelta(minutes=5), document_ids=[contract])
    await execute("UPDATE ticket SET status = 'closed', closed_at = opened_at WHERE id = $1", ticket)
    await execute("UPDATE outbox_message SET status = 'sent', sent_at = $1", NOW)
    assert await contents() == 2
    await approved(cast, "closed_tickets", 12, Unit.MONTHS)
    await approved(cast, "outbox_texts", 12, Unit.MONTHS)
    await run_retention(now=NEW_YEAR)
    assert await names_of_documents() == ["Vertrag.pdf"], "what was chosen from the documents stays the customer's"
    assert await fetch_value("SELECT count(*) FROM message_document") == 0
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'document' AND ref_id = $1", photo) == 0
    assert await fetch_value("SELECT count(*) FROM outbox_attachment") == 0, "no copy is left in the outbox either"
    await forget_unused_files(now=NEW_YEAR + timedelta(days=2))
    assert await contents() == 1


async def test_a_file_that_somebody_else_refers_to_stays(cast: Cast, customers: Customers) -> None:
    shared, talked = await attach(customers.groessmann, "Foto.pdf"), await attach(customers.groessmann, "Plan.pdf")
    await enquiry(cast, customers, [shared, talked])
    await enquiry(cast, customers, [shared], is_closed=False)
    contact = await fetch_value(
        "INSERT INTO interaction (customer, channel, direction, text, at) VALUES ($1, 'phone', 'inbound', '', $2) RETURNING id",
        customers.groessmann, NOW,
    )  # fmt: skip
    await execute("INSERT INTO contact_document (interaction, document) VALUES ($1, $2)", contact, talked)
    await approved(cast, "closed_tickets", 12, Unit.MONTHS)
    await run_retention(now=NEW_YEAR)
    assert await names_of_documents() == ["Foto.pdf", "Plan.pdf"]
    await execute("UPDATE ticket SET status = 'closed', closed_at = opened_at WHERE status <> 'closed'")
    await run_retention(now=NEW_YEAR + timedelta(days=1))
    assert await names_of_documents() == ["Plan.pdf"], "the other enquiry was the last one that had it"


SURVEY = """
    INSERT INTO survey (name, audience, occasion, status, is_anonymous) VALUES ('Nach dem Besuch', 'customers', 'none', 'running', $1)
    RETURNING id
"""


async def test_words_without_a_name_addresses_and_interviews_go_and_figures_stay(
    cast: Cast, customers: Customers
) -> None:
    survey = await fetch_value(SURVEY, True)
    response = await fetch_value("INSERT INTO survey_response (survey, at) VALUES ($1, $2) RETURNING id", survey, NOW)
    await execute(
        "INSERT INTO survey_reply (response, score, text) VALUES ($1, 3, 'Der Meister war schroff.')", response
    )
    await execute(
        "INSERT INTO survey_invitation (survey, event, customer_id, address, state, sent_at, expires_at) "
        "VALUES ($1, 'x 1', $2, 'anna@groessmann.example', 'expired', $3, $3)",
        survey, customers.groessmann, NOW,
    )  # fmt: skip
    touchpoint = await fetch_value("SELECT id FROM touchpoint ORDER BY id LIMIT 1")
    await execute(
        "INSERT INTO interview_note (touchpoint, speaker, said_on, text, created_at) VALUES ($1, 'staff', $2, 'Zu laut hier.', $3)",
        touchpoint, NOW.date(), NOW,
    )  # fmt: skip
    for code in ("survey_words", "survey_invitations", "interview_notes"):
        rule = await rule_for(await approved(cast, code, 12, Unit.MONTHS))
        assert (await forecast([rule], NEW_YEAR))[code].due == 1, code
        assert len(await sample(rule, NEW_YEAR)) == 1, code
    await run_retention(now=NEW_YEAR)
    assert await fetch_value("SELECT score || text FROM survey_reply") == "3"
    assert await fetch_value("SELECT state || address FROM survey_invitation") == "expired"
    assert await fetch_value("SELECT text FROM interview_note") == ""
    assert await fetch_value("SELECT count(*) FROM survey_response") == 1


async def test_further_words_go_with_an_answer_without_a_comment(cast: Cast, customers: Customers) -> None:
    survey = await fetch_value(SURVEY, False)
    response = await fetch_value("INSERT INTO survey_response (survey, at) VALUES ($1, $2) RETURNING id", survey, NOW)
    await execute("INSERT INTO survey_reply (response, text) VALUES ($1, 'Bitte leiser.')", response)
    await execute(
        "INSERT INTO survey_answer (customer, person, metric, score, comment, at, survey, response) "
        "VALUES ($1, $2, 'nps', 9, '', $3, $4, $5)",
        customers.groessmann, customers.anna, NOW, survey, response,
    )  # fmt: skip
    rule = await rule_for(await approved(cast, "survey_comments", 12, Unit.MONTHS))
    assert [one.label for one in await sample(rule, NEW_YEAR)] == ["Größmann Küchen GmbH: Bitte leiser."]
    await run_retention(now=NEW_YEAR)
    assert await fetch_value("SELECT text FROM survey_reply") == ""
    assert await fetch_value("SELECT score FROM survey_answer") == 9
