"""Who looked stands in the log, with the reason why they could, and a page pays nothing for it before its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.privacy.access_log.keeping import Keeper
from crm.privacy.access_log.noting import Looker, Opened, Searched
from crm.privacy.access_log.queries import About, Asked, Deed, access_log
from crm.privacy.access_log.writing import forget_access, write_opened
from crm.profiles.writing import note_reading
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


def at_customer(user: int, customer: int, at: datetime = NOW, role: str = "sales") -> Opened:
    return Opened(Looker(user, role, "customers.view"), "customer", customer, "page", at)


async def test_opening_a_customer_is_noted_once_an_hour_with_a_counter(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    await browser.log_in(cast.petra)
    for _again in range(3):
        assert (await browser.get(f"/customers/{customers.groessmann}")).status_code == 200
    await keeper.write()
    await browser.get(f"/customers/{customers.groessmann}")
    await keeper.write()

    rows = await fetch("SELECT * FROM access_entry")
    assert sum(row.times for row in rows) == 4
    assert len(rows) <= 2  # two, if the hour ended meanwhile
    row = rows[0]
    assert (row.kind, row.role, row.permission, row.relation, row.customer_id) == (
        "opened", "sales", "customers.view", "owner", customers.groessmann,
    )  # fmt: skip


async def test_a_page_costs_no_statement_more_before_its_answer(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.log_in(cast.petra)
    await browser.get(f"/customers/{customers.groessmann}")
    noted = await browser.get(f"/customers/{customers.groessmann}")
    assert await fetch_value("SELECT count(*) FROM access_entry") == 0
    monkeypatch.setattr(keeper, "note", lambda entry: None)
    silent = await browser.get(f"/customers/{customers.groessmann}")

    assert noted.headers["x-sql-statements"] == silent.headers["x-sql-statements"]


async def test_what_was_refused_or_belongs_to_nobody_is_not_noted(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    assert (await browser.get(f"/customers/{customers.groessmann}")).status_code in (303, 401)
    await browser.log_in(cast.petra)
    assert (await browser.get("/customers/999999999")).status_code == 404
    assert (await browser.get(f"/customers/{customers.groessmann}/access-log")).status_code == 404
    await keeper.write()

    assert await fetch_value("SELECT count(*) FROM access_entry") == 0


async def test_a_search_says_what_for_and_how_many_and_its_words_can_be_erased(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    await browser.log_in(cast.ali)
    for typed in ("Grö", "Größ", "Größmann"):
        await browser.get("/search", params={"q": typed}, htmx=True)
    assert (await browser.api("GET", "/customers?q=Yıldız")).status_code == 200
    await keeper.write()

    palette, program = await fetch("SELECT * FROM access_entry WHERE kind = 'searched' ORDER BY id")
    assert (palette.words, palette.subject_kind, palette.via, palette.hits) == ("Größmann", "search", "page", 1)
    assert (program.words, program.subject_kind, program.via, program.hits) == ("Yıldız", "customers", "api", 1)
    assert (len(palette.words_hash), len(palette.salt)) == (32, 16)


async def test_what_could_not_be_written_is_written_the_next_time(
    cast: Cast, customers: Customers, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(entries: object) -> None:
        raise OSError("the database is away")

    keeper.note(at_customer(cast.petra.id, customers.emre))
    keeper.note(Searched(Looker(cast.petra.id, "sales", "signed_in"), "search", "Emre", 1, "page", NOW))
    with monkeypatch.context() as patched:
        patched.setattr("crm.privacy.access_log.keeping.write_opened", away)
        with pytest.raises(OSError, match="away"):
            await keeper.write()
    keeper.note(at_customer(cast.petra.id, customers.emre))
    await keeper.write()

    assert [(row.kind, row.times) for row in await fetch("SELECT * FROM access_entry ORDER BY id")] == [
        ("opened", 2), ("searched", 1),
    ]  # fmt: skip


async def test_a_search_waits_until_nobody_types_on(cast: Cast, keeper: Keeper) -> None:
    keeper.note(Searched(Looker(cast.petra.id, "sales", "signed_in"), "search", "Emre", 1, "page", NOW))
    await keeper.write(NOW + timedelta(seconds=1))
    assert await fetch_value("SELECT count(*) FROM access_entry") == 0
    await keeper.write(NOW + timedelta(seconds=3))
    assert await fetch_value("SELECT count(*) FROM access_entry") == 1


async def test_the_persons_page_shows_the_officer_who_looked_and_why_they_could(
    browser: Browser, cast: Cast, customers: Customers, keeper: Keeper
) -> None:
    await browser.log_in(cast.petra)
    await browser.get(f"/customers/{customers.groessmann}")
    await keeper.write()
    await note_reading("person", customers.anna, "income", by=cast.eva.id, now=NOW)
    await browser.log_in(cast.sven)

    page = await browser.get(f"/persons/{customers.anna}/access-log")

    assert page.status_code == 200
    assert int(page.headers["x-sql-statements"]) <= 8
    for words in ("Petra Lang", "Vertrieb", "betreut den Kunden", "Eva Kern", "Größmann Küchen GmbH"):
        assert words in page.text.split("<main")[1], words
    assert "Petra Lang" in (await browser.get(f"/customers/{customers.groessmann}/access-log")).text
    other = await browser.get(f"/persons/{customers.emre_person}/access-log")
    assert "betreut den Kunden" not in other.text


async def test_filters_narrow_and_pages_follow_each_other_without_gap(cast: Cast, customers: Customers) -> None:
    entries = [(at_customer(cast.petra.id, customers.groessmann, NOW - timedelta(hours=n)), 1) for n in range(30)]
    entries += [(at_customer(cast.ali.id, customers.emre, NOW - timedelta(hours=n), "agent"), 1) for n in range(5)]
    await write_opened(entries)
    seen, cursor = [], None
    while True:
        found = await access_log(Asked(deed=Deed.OPENED), restricted=True, cursor=cursor, limit=8)
        seen += [row.id for row in found.lines]
        if found.next is None:
            break
        cursor = found.next

    assert len(seen) == len(set(seen)) == 35
    of_ali = await access_log(Asked(user_id=cast.ali.id, deed=Deed.OPENED), restricted=True)
    assert {row.customer for row in of_ali.lines} == {"Dr. Emre Yıldız"}
    assert len(of_ali.lines) == 5
    day = NOW.date()
    today = await access_log(
        Asked(deed=Deed.OPENED, first=day, last=day), About(customer_id=customers.emre), restricted=True
    )
    assert {row.at.date() for row in today.lines} == {day}


async def test_the_name_of_a_restricted_person_is_the_officers_alone(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await write_opened([(at_customer(cast.petra.id, customers.emre), 1)])
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.emre, NOW)
    await browser.log_in(cast.ines)
    overall = await browser.get("/access-log", params={"kind": "opened"})
    assert "Petra Lang" in overall.text
    assert "Yıldız" not in overall.text
    assert (await browser.get(f"/customers/{customers.emre}/access-log")).status_code == 404
    await browser.log_in(cast.sven)
    assert "Yıldız" in (await browser.get("/access-log", params={"kind": "opened"})).text


async def test_crooked_filters_find_nothing_and_say_so(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.sven)
    for params in ({"who": "x"}, {"kind": "nothing"}, {"from": "31.31.2026"}, {"who": str(2**70)}):
        answer = await browser.get("/access-log", params=params)
        assert answer.status_code == 200
        assert "Nichts gefunden" in answer.text


async def test_the_log_is_forgotten_after_the_months_that_the_officer_set(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await write_opened(
        [(at_customer(cast.petra.id, customers.emre, NOW - timedelta(days=days)), 1) for days in (1, 100, 400)]
    )
    assert await forget_access(now=NOW) == 1
    await browser.log_in(cast.sven)
    form = {"version": "1", "log_months": "3", "officer_name": "Sven Adler"}
    assert (await browser.post("/privacy/particulars", form)).status_code == 303
    assert (await browser.post("/privacy/particulars", {**form, "log_months": "6"})).status_code == 422
    assert await forget_access(now=NOW) == 1
    saved = await fetch_one("SELECT officer_name, log_months, version FROM privacy_particulars")
    assert saved is not None
    assert (saved.officer_name, saved.log_months, saved.version) == ("Sven Adler", 3, 2)


async def test_a_program_reads_the_log(browser: Browser, cast: Cast, customers: Customers) -> None:
    await write_opened([(at_customer(cast.petra.id, customers.emre), 1)])
    await browser.log_in(cast.sven)
    answer = await browser.api("GET", f"/access-log?customer_id={customers.emre}&kind=opened")
    assert answer.status_code == 200
    assert [(one["user_id"], one["relation"], one["record"]) for one in answer.json()["items"]] == [
        (cast.petra.id, "", "customer")
    ]
    assert (await browser.api("GET", "/access-log?kind=all")).status_code == 422
    await browser.log_in(cast.ali)
    assert (await browser.api("GET", "/access-log")).status_code == 404


async def test_an_address_with_very_many_parameters_is_answered_as_any_other(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.sven)
    assert (await browser.get("/customers?q=x" + "&a=b" * 400)).status_code == 200
