"""Petra corrects what she logged: the earlier version stays, and what hangs on the contact follows."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from asyncpg.exceptions import InsufficientPrivilegeError, RestrictViolationError

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.customers.history import history_of
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, NotFound
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.correcting import correct_interaction
from crm.interactions.deleting import delete_interaction
from crm.interactions.tables import Channel, Direction
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast, introduce

NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


async def log(cast: Cast, customer_id: int | None, **fields: Any) -> int:
    values = {"channel": Channel.PHONE, "direction": Direction.INBOUND, "text": "Möchte ein Angebot.", **fields}
    return (await log_interaction(NewInteraction(customer_id=customer_id, **values), by=cast.petra.id, now=NOW)).id


async def figures(customer_id: int) -> tuple[Any, ...]:
    row = await fetch_one(
        "SELECT interactions, last_contact_at, contact_due_at FROM customer_figures WHERE customer = $1", customer_id
    )
    assert row is not None
    return tuple(row)


async def form_of(contact_id: int, **changed: Any) -> dict[str, Any]:
    """The fields as the form sends them."""
    row = await fetch_one("SELECT * FROM interaction WHERE id = $1", contact_id)
    assert row is not None
    return {
        "at": "2026-11-23T10:00", "channel": row.channel, "direction": row.direction, "text": row.text, "touchpoint": "",
        "person_id": row.person or "", "ticket_id": row.ticket or "", "version": str(row.version), **changed,
    }  # fmt: skip


async def test_a_correction_keeps_the_earlier_version_with_who_and_when(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen, touchpoint="hotline", impression=4, minutes=5)
    changes = {"text": "Möchte zwei Angebote.", "impression": None, "touchpoint": ""}
    assert await correct_interaction(contact, changes, 1, by=cast.eva.id, now=LATER) == 2

    row = await fetch_one("SELECT * FROM interaction WHERE id = $1", contact)
    assert row is not None
    assert (row.text, row.impression, row.touchpoint, row.phase, row.minutes) == (
        "Möchte zwei Angebote.",
        None,
        None,
        None,
        5,
    )
    kept = await fetch_one("SELECT version, at, by_user, fields::text AS fields FROM interaction_version")
    assert (kept.version, kept.at, kept.by_user) == (1, LATER, cast.eva.id)
    fields = msgspec.json.decode(kept.fields)
    assert (fields["text"], fields["impression"], fields["touchpoint"]) == ("Möchte ein Angebot.", 4, "hotline")
    line = (await history_of(kitchen)).entries[0]
    assert (line.body, line.touchpoint, line.detail["impression"], line.detail["minutes"]) == (
        "Möchte zwei Angebote.", "", None, 5,
    )  # fmt: skip
    assert await fetch_value("SELECT action FROM audit_entry ORDER BY id DESC LIMIT 1") == "interaction.corrected"


async def test_saving_what_is_there_makes_no_version(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    assert await correct_interaction(contact, {"text": "Möchte ein Angebot."}, 1, by=cast.petra.id, now=LATER) == 1
    assert await fetch_value("SELECT count(*) FROM interaction_version") == 0


async def test_the_database_refuses_to_change_an_earlier_version(own_database: str) -> None:
    cast = await introduce()
    kitchen = await create_organisation(OrganisationData(name="Größmann"), by=cast.petra.id, now=LONG_AGO)
    contact = await log(cast, kitchen)
    await correct_interaction(contact, {"text": "Anders."}, 1, by=cast.petra.id, now=LATER)
    for statement in ("DELETE FROM interaction_version", "UPDATE interaction_version SET version = 9"):
        with pytest.raises((InsufficientPrivilegeError, RestrictViolationError)):
            await execute(statement)
    with pytest.raises(RestrictViolationError, match="never changed"):
        await execute("""UPDATE interaction_version SET fields = '{"text": "nie gesagt"}'""")
    assert "Möchte ein Angebot." in await fetch_value("SELECT fields::text FROM interaction_version")


async def test_the_rhythm_follows_a_corrected_moment(cast: Cast, kitchen: int) -> None:
    await log(cast, kitchen, at=NOW - timedelta(days=40))
    contact = await log(cast, kitchen)
    earlier = NOW - timedelta(days=3)
    await correct_interaction(contact, {"at": earlier}, 1, by=cast.petra.id, now=LATER)
    assert await figures(kitchen) == (2, earlier, earlier + timedelta(days=180))
    await correct_interaction(contact, {"channel": "review"}, 2, by=cast.petra.id, now=LATER)
    before = NOW - timedelta(days=40)
    assert await figures(kitchen) == (1, before, before + timedelta(days=180)), "a review resets no rhythm"
    await correct_interaction(contact, {"channel": "visit"}, 3, by=cast.petra.id, now=LATER)
    assert await figures(kitchen) == (2, earlier, earlier + timedelta(days=180))


async def test_a_correction_of_an_older_contact_leaves_the_last_one(cast: Cast, kitchen: int) -> None:
    old = await log(cast, kitchen, at=NOW - timedelta(days=40))
    await log(cast, kitchen)
    await correct_interaction(old, {"at": NOW - timedelta(days=50)}, 1, by=cast.petra.id, now=LATER)
    assert (await figures(kitchen))[:2] == (2, NOW)


async def test_who_saves_second_sees_both_versions(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    await correct_interaction(contact, {"text": "Eva war schneller."}, 1, by=cast.eva.id, now=LATER)
    with pytest.raises(Conflict) as refused:
        await correct_interaction(contact, {"text": "Petra auch."}, 1, by=cast.petra.id, now=LATER)
    difference = refused.value.differences[0]
    assert (difference.theirs, difference.mine) == ("Eva war schneller.", "Petra auch.")
    assert refused.value.version == 2


async def test_a_correction_is_held_to_the_rules_of_logging(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    wrong = {"touchpoint": "nowhere", "person_id": 1, "ticket_id": 1, "at": NOW + timedelta(days=9)}
    with pytest.raises(Invalid) as refused:
        await correct_interaction(contact, wrong, 1, by=cast.petra.id, now=LATER)
    assert set(refused.value.errors) == {"touchpoint", "person_id", "ticket_id", "at"}


async def test_the_enquiry_that_a_call_answered_reads_as_the_contact(cast: Cast, kitchen: int) -> None:
    ticket = await open_ticket(
        NewTicket(kitchen, "Tür klemmt", "Die Tür klemmt.", "delivery"), by=cast.ali.id, now=LONG_AGO
    )
    contact = await log(cast, kitchen, ticket_id=ticket.id, direction=Direction.OUTBOUND, text="Wir kommen Dienstag.")
    said = "SELECT text FROM ticket_message WHERE ticket = $1 AND kind = 'reply'"
    assert await fetch_value(said, ticket.id) == "Wir kommen Dienstag."
    await correct_interaction(contact, {"text": "Wir kommen Mittwoch."}, 1, by=cast.petra.id, now=LATER)
    assert await fetch_value(said, ticket.id) == "Wir kommen Mittwoch."
    responded = await fetch_value("SELECT first_responded_at FROM ticket WHERE id = $1", ticket.id)
    await delete_interaction(contact, "duplicate", by=cast.petra.id, now=LATER)
    assert await fetch_value(said, ticket.id) == ""
    assert await fetch_value("SELECT first_responded_at FROM ticket WHERE id = $1", ticket.id) == responded == NOW


async def test_deleting_leaves_a_trace_without_the_text(cast: Cast, kitchen: int) -> None:
    anna = await add_person(kitchen, PersonData(family_name="Größmann"), by=cast.petra.id, now=LONG_AGO)
    first = await log(cast, kitchen, at=NOW - timedelta(days=40))
    contact = await log(cast, kitchen, touchpoint="hotline", impression=1, person_id=anna, text="Geheim!")
    await correct_interaction(contact, {"text": "Streng geheim!"}, 1, by=cast.petra.id, now=NOW)
    await delete_interaction(contact, "duplicate", "zweimal getippt", by=cast.eva.id, now=LATER)

    assert [row.id for row in await fetch("SELECT id FROM interaction")] == [first]
    line = (await history_of(kitchen)).entries[0]
    assert (line.title, line.tone, line.href) == ("Eintrag gelöscht", "quiet", "")
    assert line.body == ("Gelöscht von Eva Kern am 23.11.2026, 12:00. Grund: doppelt festgehalten: zweimal getippt")
    assert (await figures(kitchen))[:2] == (1, NOW - timedelta(days=40))
    assert await fetch_value("SELECT fields::text FROM interaction_version") == "{}"
    everywhere = await fetch_value(
        "SELECT count(*) FROM timeline_entry WHERE body LIKE '%eheim%' OR detail::text LIKE '%Größmann%'"
    )
    assert everywhere == 0
    trail = await fetch_one(
        "SELECT e.actor_id, p.fields::text AS fields FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id "
        "WHERE e.action = 'interaction.deleted' AND e.subject_id = $1",
        contact,
    )
    assert trail.actor_id == cast.eva.id
    assert "zweimal getippt" in trail.fields
    assert "eheim" not in trail.fields
    with pytest.raises(NotFound):
        await delete_interaction(contact, "duplicate", by=cast.eva.id, now=LATER)


@pytest.mark.parametrize(
    ("reason", "text", "field"),
    [
        ("", "", "deletion"),
        ("smoke", "x", "deletion"),
        ("other", " ", "reason"),
        ("duplicate", "x" * 501, "reason"),
    ],
)
async def test_deleting_needs_a_reason(cast: Cast, kitchen: int, reason: str, text: str, field: str) -> None:
    contact = await log(cast, kitchen)
    with pytest.raises(Invalid) as refused:
        await delete_interaction(contact, reason, text, by=cast.petra.id, now=LATER)
    assert set(refused.value.errors) == {field}
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_the_last_contact_without_its_only_one_is_the_answer_on_an_enquiry(cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    await delete_interaction(contact, "never_happened", by=cast.petra.id, now=LATER)
    count, last, due = await figures(kitchen)
    assert (count, last) == (0, None)
    assert due == LONG_AGO + timedelta(days=180), "the rhythm counts from when the customer was entered"


async def test_the_page_says_what_was_logged_and_how_it_read_before(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen, touchpoint="hotline", impression=4)
    await browser.log_in(cast.petra)
    saved = await browser.post(
        f"/interactions/{contact}", await form_of(contact, text="Möchte zwei Angebote.", impression="4")
    )
    assert saved.status_code == 303, saved.text
    shown = await browser.get(f"/interactions/{contact}")
    for words in ("Möchte zwei Angebote.", "Möchte ein Angebot.", "Größmann Küchen GmbH", "Petra Lang", "Fassung 1"):
        assert words in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8
    assert await fetch_value("SELECT at FROM interaction WHERE id = $1", contact) == NOW, "the seconds are kept"
    assert f'href="/interactions/{contact}"' in (await browser.get("/interactions")).text
    assert f'href="/interactions/{contact}"' in (await browser.get(f"/customers/{kitchen}")).text


async def test_two_who_correct_in_the_browser_lose_nothing(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    mine = await form_of(contact, text="Petras Fassung")
    await correct_interaction(contact, {"text": "Evas Fassung"}, 1, by=cast.eva.id, now=LATER)
    await browser.log_in(cast.petra)
    both = await browser.post(f"/interactions/{contact}", mine)
    assert both.status_code == 409
    for words in ("Petras Fassung", "Evas Fassung", "Eva Kern", 'name="version" value="2"'):
        assert words in both.text
    again = await browser.post(f"/interactions/{contact}", {**mine, "version": "2"})
    assert again.status_code == 303
    assert await fetch_value("SELECT text FROM interaction WHERE id = $1", contact) == "Petras Fassung"
    assert await fetch_value("SELECT count(*) FROM interaction_version") == 2


async def test_a_form_with_errors_comes_back_whole(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    await browser.log_in(cast.petra)
    wrong = await browser.post(
        f"/interactions/{contact}", await form_of(contact, text="Der Text bleibt.", minutes="viele", at="gestern")
    )
    assert wrong.status_code == 422
    for words in ("Der Text bleibt.", 'value="viele"', "ganze Zahl", "30.11.2026 09:00"):
        assert words in wrong.text


async def test_only_the_author_and_leads_correct_and_delete(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen)
    for stranger, answer in ((cast.ali, 403), (cast.sven, 404)):
        await browser.log_in(stranger)
        assert "/edit" not in (await browser.get(f"/interactions/{contact}")).text
        for path in (f"/interactions/{contact}/edit", f"/interactions/{contact}/deletion"):
            assert (await browser.get(path)).status_code == answer
        assert (await browser.post(f"/interactions/{contact}", await form_of(contact, text="x"))).status_code == 403
        gone = await browser.post(f"/interactions/{contact}/deletion", {"deletion": "duplicate"})
        assert gone.status_code == 403
    await browser.log_in(cast.eva)
    assert (await browser.get(f"/interactions/{contact}/edit")).status_code == 200
    refused = await browser.post(f"/interactions/{contact}/deletion", {"deletion": ""})
    assert refused.status_code == 422
    gone = await browser.post(f"/interactions/{contact}/deletion", {"deletion": "duplicate"})
    assert gone.headers["location"] == f"/customers/{kitchen}#interaction-{contact}"
    assert (await browser.get(f"/interactions/{contact}")).status_code == 404
    history = (await browser.get(f"/customers/{kitchen}")).text
    assert "Eintrag gelöscht" in history
    assert "Möchte ein Angebot." not in history


@pytest.mark.parametrize("column", ["restricted_at", "deleted_at"])
async def test_a_contact_of_a_customer_who_is_gone_is_gone(
    browser: Browser, cast: Cast, kitchen: int, column: str
) -> None:
    contact = await log(cast, kitchen)
    form = await form_of(contact, text="Neu")
    await execute(f"UPDATE customer SET {column} = now() WHERE id = $1", kitchen)
    await browser.log_in(cast.petra)
    for path in ("", "/edit", "/deletion"):
        assert (await browser.get(f"/interactions/{contact}{path}")).status_code == 404
    assert (await browser.post(f"/interactions/{contact}", form)).status_code == 404
    assert (await browser.api("GET", f"/interactions/{contact}")).status_code == 404
    assert (await browser.api("PATCH", f"/interactions/{contact}", {"text": "x"})).status_code == 404
    with pytest.raises(NotFound):
        await delete_interaction(contact, "duplicate", by=cast.petra.id, now=LATER)


async def test_an_observation_is_corrected_and_deleted_too(browser: Browser, cast: Cast) -> None:
    contact = await log(cast, None, channel=Channel.REVIEW, text="Drei Sterne")
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/interactions/{contact}/edit")).status_code == 200
    saved = await browser.post(f"/interactions/{contact}", await form_of(contact, text="Zwei Sterne"))
    assert saved.status_code == 303, saved.text
    gone = await browser.post(f"/interactions/{contact}/deletion", {"deletion": "other", "reason": "Probe"})
    assert gone.headers["location"] == "/interactions"


async def test_the_api_shows_corrects_and_deletes(browser: Browser, cast: Cast, kitchen: int) -> None:
    contact = await log(cast, kitchen, impression=3)
    await browser.log_in(cast.petra)
    address = f"/interactions/{contact}"
    shown = await browser.api("GET", address)
    assert (shown.json()["text"], shown.json()["version"], shown.headers["etag"]) == ("Möchte ein Angebot.", 1, '"1"')
    changed = await browser.api("PATCH", address, {"text": "Neu", "impression": None, "version": 1})
    assert changed.status_code == 200, changed.text
    answer = changed.json()
    assert (answer["text"], answer["impression"], answer["version"]) == ("Neu", None, 2)
    assert answer["earlier"][0]["fields"]["text"] == "Möchte ein Angebot."
    late = await browser.api("PATCH", address, {"text": "Zu spät"}, **{"if-match": '"1"'})
    assert late.status_code == 409
    for wrong in (
        {"impression": 9},
        {"channel": "smoke"},
        {"unknown": 1},
        {"at": "2026-11-23T09:00:00"},
        {"channel": None},
    ):
        assert (await browser.api("PATCH", address, wrong)).status_code in (400, 422), wrong
    assert (await browser.api("DELETE", address)).json()["errors"].keys() == {"reason"}
    assert (await browser.api("DELETE", f"{address}?reason=other")).json()["errors"].keys() == {"text"}
    assert (await browser.api("DELETE", f"{address}?reason=duplicate")).status_code == 204
    assert (await browser.api("GET", address)).status_code == 404
    await browser.log_in(cast.ali)
    other = await log(cast, kitchen)
    assert (await browser.api("PATCH", f"/interactions/{other}", {"text": "x"})).status_code == 403
    assert (await browser.api("DELETE", f"/interactions/{other}?reason=duplicate")).status_code == 403


async def test_of_two_corrections_at_the_same_moment_one_is_told_of_the_other(own_database: str) -> None:
    cast = await introduce()
    kitchen = await create_organisation(OrganisationData(name="Größmann"), by=cast.petra.id, now=LONG_AGO)
    contact = await log(cast, kitchen)

    async def correct(text: str) -> object:
        return await correct_interaction(contact, {"text": text}, 1, by=cast.petra.id, now=LATER)

    results = await asyncio.gather(correct("eins"), correct("zwei"), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "int"]
    assert await fetch_value("SELECT count(*) FROM interaction_version") == 1


PASTED = "<div><p>Guten Tag,</p><p>die <b>K&uuml;che</b> kommt.<br>Gru&szlig;</p><script>alert(1)</script></div>"
CLEAN = "Guten Tag,\n\ndie Küche kommt.\nGruß"


async def test_pasted_html_becomes_clean_text(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    await browser.post("/interactions", {"customer_id": kitchen, "text": PASTED, "submission_id": "a"}, htmx=True)
    contact = await fetch_one("SELECT id, text FROM interaction")
    assert contact.text == CLEAN
    await browser.post(f"/interactions/{contact.id}", await form_of(contact.id, text="<ul><li>eins<li>zwei</ul>"))
    assert await fetch_value("SELECT text FROM interaction") == "- eins\n- zwei"
    posted = await browser.api("POST", "/interactions", {"customer_id": kitchen, "channel": "email", "text": PASTED})
    assert await fetch_value("SELECT text FROM interaction WHERE id = $1", posted.json()["id"]) == CLEAN


@pytest.mark.parametrize("kind", ["form", "correction", "api", "patch"])
async def test_a_note_of_a_megabyte_is_refused_with_a_sentence(
    browser: Browser, cast: Cast, kitchen: int, kind: str
) -> None:
    contact = await log(cast, kitchen)
    await browser.log_in(cast.petra)
    note = "Ein langes Gespräch. " * 50_000
    body: Mapping[str, Any] = {"customer_id": kitchen, "channel": "phone", "text": note}
    match kind:
        case "form":
            answer = await browser.post("/interactions", {**body, "submission_id": "a"}, htmx=True)
        case "correction":
            answer = await browser.post(f"/interactions/{contact}", await form_of(contact, text=note))
        case "api":
            answer = await browser.api("POST", "/interactions", body)
        case _:
            answer = await browser.api("PATCH", f"/interactions/{contact}", {"text": note})
    assert answer.status_code == 422
    assert "Zeichen, höchstens 200000" in answer.text
    if kind in ("form", "correction"):
        assert note.strip() in answer.text, "what was typed is kept for copying"
    assert await fetch_value("SELECT max(length(text)) FROM interaction") < 100
