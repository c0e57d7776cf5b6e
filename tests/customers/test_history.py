"""The history of a customer: filters, words, days, what persons did elsewhere, and the history of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.persons import link_person, unlink_person
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import execute, fetch_value
from crm.text import fold
from crm.tickets.answering import add_note
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def _tell(
    customer_id: int, body: str, *, days: int = 0, ref: int = 1, person: int | None = None, **detail: Any
) -> int:
    return await write_entry(
        customer_id, TimelineKind.INTERACTION, ref, at=NOW - timedelta(days=days), title="", body=body, person_id=person,
        detail={"channel": "phone", "direction": "inbound"} | detail,
    )  # fmt: skip


async def _said(browser: Browser, path: str, query: str = "") -> list[str]:
    items = (await browser.api("GET", f"{path}/history{query}")).json()["items"]
    return [item["summary"].partition(": ")[2] for item in items]


@pytest.fixture
async def told(browser: Browser, cast: Cast, customers: Customers) -> str:
    """Größmann's history: a visit, a call and a mail with Anna."""
    here = customers.groessmann
    await _tell(here, "Küche ausgemessen", days=40, ref=101, channel="visit", touchpoint="installation")
    await _tell(here, "Fräulein Weiß fragt nach Griffen", days=10, ref=102, touchpoint="hotline")
    await _tell(
        here,
        "Angebot zur Einbauküche",
        days=2,
        ref=103,
        channel="email",
        person=customers.anna,
        person_name="Anna Größmann",
    )
    await browser.log_in(cast.petra)
    return f"/customers/{here}"


async def test_filters_can_be_combined_and_stand_in_the_address(
    browser: Browser, told: str, customers: Customers
) -> None:
    assert await _said(browser, told, "?channel=visit") == ["Küche ausgemessen"]
    assert await _said(browser, told, f"?person={customers.anna}") == ["Angebot zur Einbauküche"]
    assert await _said(browser, told, f"?person={customers.anna}&channel=phone") == []
    assert await _said(browser, told, "?kind=ticket&channel=visit") == []
    phase = await fetch_value("SELECT phase FROM timeline_entry WHERE ref_id = 101 AND kind = 'interaction'")
    assert phase == await fetch_value(
        "SELECT p.code FROM touchpoint t JOIN phase p ON p.id = t.phase WHERE t.code = 'installation'"
    )
    assert "Küche ausgemessen" in await _said(browser, told, f"?phase={phase}&kind=interaction")
    page = (await browser.get(f"{told}?channel=visit&q=k%C3%BCche")).text
    assert 'href="' + told + '?channel=visit"' in page


async def test_words_are_found_in_any_spelling_and_marked(browser: Browser, told: str) -> None:
    assert await _said(browser, told, "?q=kueche") == ["Angebot zur Einbauküche", "Küche ausgemessen"]
    assert await _said(browser, told, "?q=weiss+griff") == ["Fräulein Weiß fragt nach Griffen"]
    assert await _said(browser, told, "?q=gr%C3%B6ssmann") == ["Angebot zur Einbauküche"]
    found = (await browser.get(f"{told}?q=kueche", htmx=True)).text
    assert "Einbau<mark>küche</mark>" in found
    assert "Griffen" not in found
    assert "&lt;mark" not in found


async def test_the_whole_of_a_long_text_is_searched_and_the_hit_is_shown(
    browser: Browser, told: str, customers: Customers
) -> None:
    await _tell(customers.groessmann, "Lang. " * 300 + "Am Ende kam der Dachdecker.", ref=104)
    found = (await browser.get(f"{told}?q=dachdecker", htmx=True)).text
    assert "kam der <mark>Dachdecker</mark>" in found
    assert "Alles lesen" in found


async def test_an_enquiry_is_found_by_each_of_its_messages(
    browser: Browser, cast: Cast, told: str, customers: Customers
) -> None:
    made = await browser.api(
        "POST", "/tickets", {"customer_id": customers.groessmann, "subject": "Tür klemmt", "text": "Seit gestern.", "channel": "phone"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    await add_note(made.json()["id"], "Der Schreiner kommt am Dienstag.", by=cast.petra.id, now=NOW)
    items = (await browser.api("GET", f"{told}/history?q=schreiner")).json()["items"]
    assert [item["kind"] for item in items] == ["ticket"]
    page = (await browser.get(f"{told}?q=schreiner", htmx=True)).text
    number = made.json()["id"]
    assert f'hx-get="/tickets/{number}/conversation?q=schreiner" hx-trigger="toggle once, load once"' in page
    unfolded = await browser.get(f"/tickets/{number}/conversation?q=schreiner", htmx=True)
    assert "Der <mark>Schreiner</mark> kommt am Dienstag." in unfolded.text
    assert "Seit gestern." in unfolded.text
    assert int(unfolded.headers["x-sql-statements"]) <= 3
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.groessmann, NOW)
    assert (await browser.get(f"/tickets/{number}/conversation", htmx=True)).status_code == 404


async def test_a_day_is_jumped_to_in_peoples_words(browser: Browser, told: str) -> None:
    until = (NOW - timedelta(days=10)).date()
    assert await _said(browser, told, f"?day={until:%d.%m.%Y}&kind=interaction") == [
        "Fräulein Weiß fragt nach Griffen", "Küche ausgemessen",
    ]  # fmt: skip
    refused = await browser.api("GET", f"{told}/history?day=irgendwann")
    assert refused.status_code == 422
    page = await browser.get(f"{told}?day=irgendwann")
    assert page.status_code == 200
    assert "Diesen Tag verstehen wir nicht" in page.text
    assert 'value="irgendwann"' in page.text
    assert "liegt noch vor uns" in (await browser.get(f"{told}?day=1.1.2099")).text


@pytest.mark.parametrize("query", ["kind=x", "channel=x", "person=x"])
async def test_a_program_is_told_what_is_no_filter(browser: Browser, told: str, query: str) -> None:
    assert (await browser.api("GET", f"{told}/history?{query}")).status_code == 422
    assert (await browser.get(f"{told}?{query}")).status_code == 200


async def test_nothing_found_says_what_to_do(browser: Browser, told: str) -> None:
    page = (await browser.get(f"{told}?q=xylophon")).text
    assert "Kein Eintrag passt." in page
    assert "Ganzen Verlauf zeigen" in page


async def test_filters_hold_for_older_entries_too(browser: Browser, told: str, customers: Customers) -> None:
    for number in range(60):
        await _tell(customers.groessmann, f"Messe {number}", days=number, ref=200 + number, channel="fair")
    seen, path = [], f"{told}/history?channel=fair&q=messe&limit=25"
    cursor: str | None = ""
    while cursor is not None:
        page = (await browser.api("GET", f"{path}&cursor={cursor}")).json()
        seen += [item["summary"].partition(": ")[2] for item in page["items"]]
        cursor = page["next"]
    assert seen == [f"Messe {number}" for number in range(60)]
    first = (await browser.get(f"{told}?channel=fair", htmx=True)).text
    assert "channel=fair&amp;cursor=" in first


async def test_statements_stay_few(browser: Browser, told: str, customers: Customers) -> None:
    whole = await browser.get(f"{told}?q=küche&channel=visit&person={customers.anna}")
    assert int(whole.headers["x-sql-statements"]) <= 8
    for path in (told, f"/persons/{customers.anna}/history"):
        part = await browser.get(f"{path}?q=küche", htmx=True)
        assert part.status_code == 200
        assert int(part.headers["x-sql-statements"]) <= 3


@pytest.fixture
async def elsewhere(cast: Cast, customers: Customers) -> int:
    """Anna also works for a second firm."""
    other = await create_organisation(
        OrganisationData("Tischlerei Anders", "info@anders.example", "", MasterData(city="Fürth")),
        by=cast.petra.id,
        now=NOW,
    )
    await link_person(customers.anna, other, "Beirätin", by=cast.petra.id, now=NOW)
    await _tell(other, "Anna rief aus der Tischlerei an", days=1, ref=301, person=customers.anna)
    await _tell(other, "Der Tischler selbst", days=1, ref=302)
    return other


async def test_an_organisations_history_has_what_its_persons_did_elsewhere(
    browser: Browser, told: str, customers: Customers, elsewhere: int
) -> None:
    said = await _said(browser, told, "?kind=interaction")
    assert said[0] == "Anna rief aus der Tischlerei an"
    assert "Der Tischler selbst" not in said
    page = (await browser.get(told)).text
    assert "Bei Tischlerei Anders" in page
    assert await _said(browser, told, f"?person={customers.anna}") == [
        "Anna rief aus der Tischlerei an",
        "Angebot zur Einbauküche",
    ]
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", elsewhere, NOW)
    assert "Anna rief aus der Tischlerei an" not in await _said(browser, told)
    await execute("UPDATE customer SET restricted_at = NULL, deleted_at = $2 WHERE id = $1", elsewhere, NOW)
    assert "Anna rief aus der Tischlerei an" not in await _said(browser, told)


async def test_who_left_takes_the_later_history_along(
    browser: Browser, cast: Cast, told: str, customers: Customers, elsewhere: int
) -> None:
    await unlink_person(customers.anna, customers.groessmann, by=cast.petra.id, now=NOW)
    said = await _said(browser, told, "?kind=interaction")
    assert "Anna rief aus der Tischlerei an" not in said
    assert "Angebot zur Einbauküche" in said
    new = await _said(browser, f"/customers/{elsewhere}", "?kind=interaction")
    assert "Angebot zur Einbauküche" in new


async def test_a_consent_stands_in_a_history_once(
    browser: Browser, cast: Cast, told: str, customers: Customers, elsewhere: int
) -> None:
    await record_event(
        person_id=customers.anna, event=ConsentEventKind.WITHDRAWN, purpose="newsletter", channel="email",
        source=ConsentSource.PHONE, by=cast.petra.id, now=NOW,
    )  # fmt: skip
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'consent'") == 2
    for path in (told, f"/customers/{elsewhere}"):
        assert len((await browser.api("GET", f"{path}/history?kind=consent")).json()["items"]) == 1
    page = (await browser.get(f"/persons/{customers.anna}/history?kind=consent", htmx=True)).text
    assert page.count('id="consent-') == 1


async def test_restricted_persons_stay_hidden(
    browser: Browser, cast: Cast, told: str, customers: Customers, elsewhere: int
) -> None:
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", customers.anna, NOW)
    said = await _said(browser, told)
    assert "Angebot zur Einbauküche" not in said
    assert "Anna rief aus der Tischlerei an" not in said
    assert "Anna Größmann" not in (await browser.get(f"{told}?person={customers.anna}")).text
    assert (await browser.get(f"/persons/{customers.anna}/history")).status_code == 404
    await browser.log_in(cast.sven)
    assert "Angebot zur Einbauküche" in await _said(browser, told)


async def test_a_person_has_one_history_over_all_organisations(
    browser: Browser, cast: Cast, told: str, customers: Customers, elsewhere: int
) -> None:
    await unlink_person(customers.anna, customers.groessmann, by=cast.petra.id, now=NOW)
    page = (await browser.get(f"/persons/{customers.anna}/history")).text
    assert page.index("Anna rief aus der Tischlerei an") < page.index("Angebot zur Einbauküche")
    assert "Bei Größmann Küchen GmbH" in page
    assert "Küche ausgemessen" not in page


async def test_what_somebody_does_as_a_private_customer_belongs_to_them(
    browser: Browser, cast: Cast, told: str, customers: Customers
) -> None:
    await link_person(customers.emre_person, customers.groessmann, "Architekt", by=cast.petra.id, now=NOW)
    await _tell(customers.emre, "Privat eine Küche bestellt", ref=401)
    assert "Privat eine Küche bestellt" in await _said(browser, told)
    assert "Privat eine Küche bestellt" in await _said(browser, told, f"?person={customers.emre_person}")
    assert "Privat eine Küche bestellt" in (await browser.get(f"/persons/{customers.emre_person}/history")).text


LETTERS = st.text(
    st.characters(max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc", "Cn"]) | st.sampled_from("aeouäöüÄÖÜß'’ \n-")
)


@settings(max_examples=150)
@given(text=LETTERS)
@example("Größmann's Bueroe, „Straße“ – 12½ €")
@example("a`b ´x´ ^_^ ~ \\ [z] {|}")
@example("Queee Œuvre Þór İstanbul ŁÓDŹ Щи да каша Ελλάδα")
async def test_the_database_folds_as_the_program_does(database: str, text: str) -> None:
    assert await fetch_value("SELECT fold_text($1)", text) == fold(text)
