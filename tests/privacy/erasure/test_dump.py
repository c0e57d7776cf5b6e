"""The test that counts: after an erasure the whole database and the file store are searched for the person."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

from crm.consents.actions import record_event
from crm.consents.evidence import Proving
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.consents.verification import verify_ledger
from crm.customers.lists.views import ViewData
from crm.database import execute, fetch, fetch_value
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming
from crm.interactions.tables import Channel, Direction
from crm.privacy.erasure.ending import end_duties, forget_answers
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import FIXED, RecipientKind
from crm.records.export_selection import described
from crm.records.exports import request_export
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.tickets.answering import reply
from crm.web.forms import Fields
from tests.attacks.conftest import House
from tests.privacy.erasure.conftest import NOW, ask, close_enquiries, erased
from tests.privacy.erasure.dumped import traces

WORDS = ["Emre Yıldız", "Yıldız", "emre@yildiz.example", "Sonnenallee 17"]
NUMBERS = ["1715550123"]


async def live_a_little(house: House) -> None:
    """What else happens with Emre in the house: he writes and is answered, calls, answers a survey, and is talked about."""
    cast, then = house.cast, NOW - timedelta(minutes=30)
    await execute(
        "INSERT INTO phone_number (person, number, position, kind) VALUES ($1, '+491715550123', 0, '')",
        house.emre_person,
    )
    await execute(
        "INSERT INTO postal_address (customer, street, postcode, city, country, position, kind, extra) "
        "VALUES ($1, 'Sonnenallee 17', '12047', 'Berlin', 'DE', 0, '', '')",
        house.emre,
    )
    body = base64.encodebytes("Hier ist Emre Yıldız, Sonnenallee 17. Rückruf: 0171 5550123".encode()).decode()
    for number, head in enumerate(
        ("", f"In-Reply-To: <x@y>\r\nReferences: #{house.emre_ticket}\r\n", "Precedence: bulk\r\n")
    ):
        raw = (
            f"From: =?utf-8?q?Emre_Y=C4=B1ld=C4=B1z?= <emre@yildiz.example>\r\nTo: info@kuechen.example\r\n"
            f"Message-ID: <{number}@yildiz.example>\r\n"
            f"{head}Subject: Meine Bestellung\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{body}"
        )
        mail = await receive_incoming(raw.encode(), now=then)
        if mail is not None:
            await file_incoming_mail(mail, now=then)
    await search_for_him(house)
    await execute("UPDATE ticket SET status = 'open', closed_at = NULL WHERE id = $1", house.emre_ticket)
    await reply(house.emre_ticket, "Lieber Emre Yıldız, sie kommt morgen.", by=cast.ali.id, now=then)
    note = "Herr Yıldız (emre@yildiz.example, 0171/5550123) hat uns empfohlen."
    contact = NewInteraction(house.groessmann, Channel.PHONE, Direction.INBOUND, note, house.anna)
    logged = await log_interaction(contact, by=cast.ali.id, now=then)
    await correct_interaction(logged.id, {"text": "Ein Kunde hat uns empfohlen."}, None, by=cast.ali.id, now=then)
    await record_answer(
        NewAnswer(Metric.CSAT, 4, "hotline", house.emre, house.emre_person, comment="Gruß, Emre Yıldız"),
        at=then,
        by=None,
        now=then,
    )


async def search_for_him(house: House) -> None:
    """An export, a view and a mailing that were made by searching for his name or his address."""
    cast, then = house.cast, NOW - timedelta(minutes=30)
    by_name, by_mail = "q=Emre+Y%C4%B1ld%C4%B1z&status=customer", "q=emre%40yildiz.example"
    wish = ExportWish(
        FIXED[0], "", RecipientKind.INTERNAL, "", by_name, None, "csv", ("customer_name",), "words", "customers", ";", "utf-8-sig",
    )  # fmt: skip
    await request_export(wish, total=1, described=await described(by_name, None), by=cast.petra.id, now=then)
    view = ViewData.parse(Fields({"name": "Seine Anschrift", "query": by_mail}))
    await execute(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ($1, $2, $3, $4, 1)",
        view.name, cast.petra.id, view.query, then,
    )  # fmt: skip
    await execute("UPDATE mailing SET query = $1 WHERE id = $2", view.query, house.mailing)


async def test_a_dump_and_the_files_tell_nothing_of_emre(
    house: House, emre: int, tmp_path: Path, own_database: str
) -> None:
    await live_a_little(house)
    await close_enquiries(house.emre)
    before = await traces(own_database, WORDS, NUMBERS)
    assert len(before) > 30
    erasure = await erased(house, emre, tmp_path)
    await execute(
        "UPDATE outbox_message SET status = 'sent' WHERE id = (SELECT outbox_id FROM erasure WHERE id = $1)", erasure
    )
    assert await forget_answers(now=NOW) == 1
    left = await traces(own_database, WORDS, NUMBERS)
    assert set(left) == {("data_request", "requester_address")}, _told(left)
    kept = await fetch("SELECT table_name, duty FROM erasure_row WHERE erasure = $1 AND treatment = 'keep'", erasure)
    assert ("data_request", "proof") in {(row.table_name, row.duty) for row in kept}
    assert (await verify_ledger(by=None, now=NOW)).ok
    assert await end_duties(now=NOW.replace(year=NOW.year + 11, day=1)) == len(kept)
    left = await traces(own_database, WORDS, NUMBERS)
    assert left == {}, _told(left)


async def test_a_dump_tells_nothing_of_anna_who_works_at_a_company(
    house: House, tmp_path: Path, own_database: str
) -> None:
    words = ["Anna Quitterer", "Quitterer", "anna@groessmann.example"]
    assert len(await traces(own_database, words, [])) > 10
    await close_enquiries(house.groessmann)
    await erased(house, await ask(house.anna), tmp_path)
    answer = await fetch_value("SELECT outbox_id FROM erasure")
    await execute("UPDATE outbox_message SET status = 'sent' WHERE id = $1", answer)
    assert await forget_answers(now=NOW) == 1
    left = await traces(own_database, words, [])
    kept = await fetch("SELECT DISTINCT table_name FROM erasure_row WHERE treatment = 'keep'")
    assert {table for table, _column in left} <= {row.table_name for row in kept}, _told(left)
    assert await end_duties(now=NOW.replace(year=NOW.year + 11, day=1)) > 0
    left = await traces(own_database, words, [])
    assert left == {}, _told(left)


async def test_the_paper_that_proves_a_consent_goes_when_its_duty_ends(
    house: House, emre: int, tmp_path: Path, own_database: str
) -> None:
    paper = Proving("Einwilligung Emre.pdf", "%PDF-1.7 unterschrieben: Emre Yıldız".encode(), "application/pdf")
    await record_event(
        person_id=house.emre_person, purpose="offers", channel="letter", event=ConsentEventKind.GIVEN, source=ConsentSource.PAPER,
        wording_version=1, by=house.cast.petra.id, now=NOW - timedelta(minutes=30), document=paper,
    )  # fmt: skip
    await erased(house, emre, tmp_path)
    await execute("UPDATE outbox_message SET status = 'sent' WHERE id = (SELECT outbox_id FROM erasure)")
    assert await forget_answers(now=NOW) == 1
    held = {table for table, _column in await traces(own_database, WORDS, NUMBERS)}
    assert "file_chunk" in held
    assert (
        await fetch_value("SELECT count(*) FROM stored_file WHERE sha256 IN (SELECT sha256 FROM consent_payload)") == 1
    )

    assert await end_duties(now=NOW.replace(year=NOW.year + 11, day=1)) > 0
    left = await traces(own_database, WORDS, NUMBERS)
    assert left == {}, _told(left)
    assert await fetch_value("SELECT count(*) FROM consent_payload WHERE sha256 <> ''") == 0
    assert (await verify_ledger(by=None, now=NOW)).ok


def _told(left: dict[tuple[str, str], list[str]]) -> str:
    return "\n".join(f"{table}.{column}: {texts[0][:200]}" for (table, column), texts in left.items())
