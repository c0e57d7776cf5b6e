"""A restricted person (GDPR Art. 18) where no page is opened: imports and exports, mailings under way, what is printed, notices and their
mails, follow-ups, the outbox, the audit trail; and the private customer who disappears as a whole. The officer goes on seeing how to
reach them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm.accounts.audit import record
from crm.database import decoded, execute, fetch, fetch_one, fetch_value
from crm.interactions.calls.waiting import tell_of_waiting_calls
from crm.notifications.actions import mark_read
from crm.notifications.mailing import mail_what_waits, sweep_notification_mails
from crm.notifications.queries import news_of, notifications_of, unread_count
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.restricting import lift_restriction, restrict_processing
from crm.records.export_columns import FOR_IMPORT
from crm.records.export_forms import FORMATS
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from crm.reminders.actions import sweep_reminders
from tests.attacks.conftest import House, doors
from tests.browser import Browser
from tests.privacy.test_restricted_everywhere import SHOWN, WORD, house, restrict, shown_by, where_she_shows

__all__ = ["doors", "house"]

FILES = (
    "name;person_given_name;person_family_name;person_phone;person_function\nGrößmann Küchen GmbH;Anna;Quitterer;0911 776655;Chefin\n",
    "name;email;person_given_name;person_family_name;person_birthday\n"
    "Größmann Küchen GmbH;info@groessmann.example;Anna;Quitterer;1.2.1980\n",
    "name;person_given_name;person_family_name;person_email\nGrößmann Küchen GmbH;Anna;Quitterer;neu@groessmann.example\n",
    "person_given_name;person_family_name;person_email;person_title\nAnna;Quitterer;anna@groessmann.example;Dr.\n",
)
"""Anna once more, found by the company and her name, and by her address."""


async def all_of(house: House) -> list[object]:
    """What is stored of Anna."""
    return [
        [dict(row) for row in await fetch(f"SELECT * FROM {table} WHERE {column} = $1 ORDER BY id", house.anna)]
        for table, column in (
            ("person", "id"),
            ("affiliation", "person"),
            ("email_address", "person"),
            ("phone_number", "person"),
        )
    ]


@pytest.mark.parametrize("rule", [Rule.UPDATE, Rule.CREATE])
@pytest.mark.parametrize("text", FILES)
async def test_an_import_neither_changes_nor_doubles_a_restricted_person(
    house: House, tmp_path: Path, text: str, rule: Rule
) -> None:
    now = datetime.now(UTC)
    await restrict(house)
    before, persons = await all_of(house), await fetch_value("SELECT count(*) FROM person")
    path = tmp_path / "wieder.csv"
    path.write_text(text)
    run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=house.cast.eva.id, now=now)
    mapping = decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run))
    assert all(mapping), "every column is understood"
    await assign_columns(run, Settings(tuple(mapping), rule, "Messe"), by=house.cast.eva.id, now=now)
    await start_import(run, now=now)
    assert not await work_on_import(run, now=now)
    assert await all_of(house) == before
    assert await fetch_value("SELECT count(*) FROM person") == persons
    row = await fetch_one("SELECT outcome, reason FROM import_row WHERE run = $1 AND NOT is_trial", run)
    assert row is not None
    assert (row.outcome, row.reason) == ("skipped", "restricted")


async def restrict_emre(house: House) -> int:
    """Emre, a private customer, disputes what we know of him; the restriction."""
    now = datetime.now(UTC)
    request = await file_request(
        "restriction", source="mail", text="Stimmt nicht.", person_id=house.emre_person, customer_id=house.emre,
        by=house.cast.sven.id, now=now,
    )  # fmt: skip
    return await restrict_processing(request, "Bestreitet die Richtigkeit.", by=house.cast.sven.id, now=now)


async def told(user_id: int) -> str:
    return " ".join(f"{one.title} {one.sentence}" for one in (await notifications_of(user_id))[0])


async def test_what_staff_were_told_of_him_before_is_neither_listed_counted_nor_mailed(house: House) -> None:
    now, eva = datetime.now(UTC), house.cast.eva.id
    assert "Emre Yıldız" in await told(eva)
    about = await fetch_value("SELECT id FROM notification WHERE \"user\" = $1 AND link = $2", eva, f"/customers/{house.emre}")  # fmt: skip
    await execute("UPDATE notification SET mail_at = $1, mailed_at = NULL WHERE \"user\" = $2", now, eva)  # fmt: skip
    unread = await unread_count(eva)
    restriction = await restrict_emre(house)
    assert "Yıldız" not in await told(eva)
    assert await unread_count(eva) < unread
    assert about not in [one.id for one in (await news_of(eva, now)).unread]
    assert await mark_read(about, by=eva, now=now) is None, "it does not open"
    later = (now + timedelta(days=7)).replace(hour=10)
    await mail_what_waits(eva, now=later)
    await sweep_notification_mails(now=later)
    assert await fetch_value("SELECT mailed_at FROM notification WHERE id = $1", about) is None
    await execute("UPDATE restriction SET told_at = $1", now)
    await lift_restriction(restriction, "Geklärt.", by=house.cast.sven.id, now=now)
    assert "Emre Yıldız" in await told(eva), "lifted: it is there again"


async def test_who_waits_for_a_call_is_named_no_more_and_the_companys_enquiries_stay(house: House) -> None:
    now, eva = datetime.now(UTC), house.cast.eva.id
    noted = await fetch_value("SELECT max(due_at) FROM call_back")
    await execute("UPDATE call_back SET \"user\" = NULL")  # fmt: skip
    await tell_of_waiting_calls(now=noted + timedelta(minutes=31))
    assert "Quitterer" in await told(eva)
    await execute(
        'INSERT INTO notification ("user", kind, detail, link, at) VALUES ($1, \'ticket_assigned\', $2, $3, $4)',
        eva, '{"number": 1, "subject": "Wo bleibt sie?", "customer": "Größmann"}', f"/tickets/{house.ticket}", now,
    )  # fmt: skip
    await restrict(house)
    assert "Quitterer" not in await told(eva)
    assert "Wo bleibt sie?" in await told(eva)


async def test_a_follow_up_waits_while_he_is_restricted(house: House) -> None:
    restriction = await restrict_emre(house)
    later = datetime.now(UTC) + timedelta(minutes=5)
    await execute("UPDATE reminder SET delivered_at = NULL, due_at = $2 WHERE id = $1", house.reminder, later)
    delivered = "SELECT delivered_at FROM reminder WHERE id = $1"
    await sweep_reminders(now=later)
    assert await fetch_value(delivered, house.reminder) is None
    await execute("UPDATE restriction SET told_at = $1", later)
    await lift_restriction(restriction, "Geklärt.", by=house.cast.sven.id, now=later)
    await sweep_reminders(now=later)
    assert await fetch_value(delivered, house.reminder) == later


async def test_a_private_customer_disappears_as_a_whole(asgi_app: Any, doors: Browser, house: House) -> None:
    names = ("Yıldız", "emre@yildiz.example")
    queries = ("?q=yıldız", "?customer_q=yıldız", "?email=EMRE@YILDIZ.EXAMPLE")
    where = {"customer": house.emre, "person": house.emre_person, "ticket": house.emre_ticket}
    await doors.log_in(house.cast.eva)
    assert len(await where_she_shows(asgi_app, doors, house, (), names, **where)) > 20
    await restrict_emre(house)
    found = []
    for user in (house.cast.eva, house.cast.ali, house.cast.ines):
        await doors.log_in(user)
        asked = [] if user is house.cast.ines else queries
        found += [
            f"{user.role} {each}"
            for each in await where_she_shows(asgi_app, doors, house, tuple(asked), names, **where)
        ]
    assert not found, "\n".join(found)


async def test_the_outbox_names_nobody_restricted_to_whoever_sees_to_the_mail(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    before = (await doors.get("/outbox")).text
    assert "anna@groessmann.example" in before
    await restrict(house)
    await restrict_emre(house)
    page = (await doors.get("/outbox")).text
    assert not [word for word in ("anna@groessmann.example", "Quitterer", "Yıldız") if word in page]
    assert "deren Daten eingeschränkt sind" in page


async def test_the_officer_sees_where_mail_of_an_enquiry_came_from_and_went(doors: Browser, house: House) -> None:
    await restrict(house)
    path = f"/tickets/{house.ticket}"
    await doors.log_in(house.cast.sven)
    page = (await doors.get(path)).text
    assert page.count("anna@groessmann.example") >= 2
    assert "Quitterer" in page
    await doors.log_in(house.cast.eva)
    assert "anna@groessmann.example" not in (await doors.get(path)).text


async def test_on_paper_nobody_meets_her(doors: Browser, house: House) -> None:
    await execute("UPDATE touchpoint SET department = 'Werkstatt' WHERE code = 'hotline'")
    papers = (f"/customers/{house.groessmann}/dossier?lang=de", "/dashboard/place/pdf?department=Werkstatt&lang=de")
    await doors.log_in(house.cast.eva)
    before = [shown_by(await doors.get(path)) for path in papers]
    assert [text for text in before if WORD in text] == before, "before, both tell of her"
    await restrict(house)
    for user in (house.cast.eva, house.cast.sven):
        await doors.log_in(user)
        for path in papers:
            answer = await doors.get(path)
            if user is house.cast.eva:
                assert answer.content.startswith(b"%PDF-"), path
            assert not [word for word in SHOWN if word in shown_by(answer)], (user.role, path)


@pytest.mark.parametrize("form", FORMATS)
async def test_no_format_of_an_export_carries_them(doors: Browser, house: House, form: str) -> None:
    names = (*SHOWN, "Yıldız", "emre@yildiz.example")

    async def exported() -> str:
        fields = {"purpose": "internal", "format": form, "columns": list(FOR_IMPORT)}
        where = (await doors.post("/exports", fields)).headers["location"]
        answer = await doors.get(f"{where}/file")
        assert answer.status_code == 200
        return shown_by(answer)

    await doors.log_in(house.cast.eva)
    before = await exported()
    assert "Quitterer" in before
    assert "Yıldız" in before
    await restrict(house)
    await restrict_emre(house)
    after = await exported()
    assert not [word for word in names if word in after]
    assert "Größmann" in after
    assert (await doors.get(f"/exports/{house.export}/file")).status_code == 422, "a file from before"


async def trail(doors: Browser, query: str = "") -> str:
    """All of the audit trail, however many pages it takes."""
    text, path = "", f"/audit{query}"
    while path:
        page = (await doors.get(path)).text
        following = re.search(r'hx-get="(/audit[^"]+)"', page)
        text, path = text + page, following[1].replace("&amp;", "&") if following else ""
    return text


async def test_the_audit_trail_keeps_the_values_for_the_officer(doors: Browser, house: House) -> None:
    now, words = datetime.now(UTC), ("Quitterer", "anna@groessmann.example", "Yıldız", "emre@yildiz.example", WORD)
    await record("interaction.changed", "interaction", house.interaction, by=1, now=now, fields={"text": ["", WORD]})
    await record("export.requested", "export", house.export, by=1, now=now, fields={"selection": "„emre yıldız“"})
    family = {"selection": "Suche nach „yildiz“; Status: Kunde"}
    await record("export.requested", "export", house.export, by=1, now=now, fields=family)
    await record("view.added", "saved_view", 1, by=1, now=now, fields={"query": "q=yildiz&status=customer"})
    await record(
        "customer.changed", "customer", house.groessmann, by=1, now=now, fields={"brief": ["", "Bleibt lesbar"]}
    )
    await doors.log_in(house.cast.ines)
    before = await trail(doors)
    assert [word for word in words if word in before] == list(words)
    assert "eingeschränkt (Art. 18 DSGVO)" not in before
    await restrict(house)
    await restrict_emre(house)
    after = await trail(doors)
    assert not [word for word in words if word in after]
    assert "emre yıldız" not in after
    assert "Suche nach" in before
    assert "q=yildiz" in before
    assert "q=yildiz" not in after
    assert "Suche nach" not in after, "a family name is enough"
    assert "Bleibt lesbar" in after, "the company's own stays"
    own = await trail(doors, f"?kind=person&record={house.anna}")
    assert "eingeschränkt (Art. 18 DSGVO)" in own
    assert "Ali" in own, "that something was changed, and by whom, stays"
    assert int((await doors.get("/audit")).headers["x-sql-statements"]) <= 11
    await doors.log_in(house.cast.sven)
    assert [word for word in words if word in await trail(doors)] == list(words)
