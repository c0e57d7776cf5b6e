"""Two customers become one, and two again: everything moves, and everything comes back."""

from __future__ import annotations

import re
from datetime import date, timedelta

import msgspec
import pytest

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.may_contact import may_contact
from crm.consents.queries import coverage, ledger_of
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.changing import change_customer
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData, Reach
from crm.customers.deleting import deleted_customers, end_deletions, restore_customer
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.queries import known_external_id
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.records import references
from crm.records.comparing import comparison
from crm.records.duplicates import merge_for, merges
from crm.records.merging import Wish, merge_customers, undo_merge, what_stays
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

LATER = NOW + timedelta(days=1)


@pytest.fixture
async def twins(cast: Cast) -> tuple[int, int]:
    """The same customer, entered by two people: Hans and Johannes Brückner."""
    first, _p = await create_private_person(
        PrivatePersonData(
            PersonData("Johannes", "Brückner", email="j.brueckner@web.example", phone="+499115512301", birthday=date(1960, 4, 1)),
            MasterData(street="Lange Gasse 12", postcode="90403", city="Nürnberg", external_id="SAP-1", tags=("Stammkunde",)),
        ),
        by=cast.petra.id, now=NOW,
    )  # fmt: skip
    second, _p = await create_private_person(
        PrivatePersonData(
            PersonData("Hans", "Brückner", title="Dr.", email="hans@brueckner.example", phone="+499115512301"),
            MasterData(street="Lange Gasse 12", postcode="90403", city="Nürnberg", vat_id="DE811907980", brief="Baut um.",
                       service_level="gold"),
        ),
        by=cast.ali.id, now=NOW,
    )  # fmt: skip
    return first, second


async def snapshot(*ids_of_customers: int) -> dict[str, str]:
    """Everything that the database knows about these customers and their persons, but for what counts the changes."""
    found: dict[str, str] = {}
    persons = [
        row.person
        for row in await fetch(
            "SELECT person FROM affiliation WHERE customer = ANY($1::bigint[])", list(ids_of_customers)
        )
    ]
    persons += [row.id for row in await fetch("SELECT id FROM person WHERE merged_into = ANY($1::bigint[])", persons)]
    for table, ids in (("customer", list(ids_of_customers)), ("person", sorted(set(persons)))):
        rows = await fetch(
            f"SELECT (to_jsonb(t) - 'version')::text AS row FROM {table} t WHERE id = ANY($1::bigint[]) ORDER BY id",
            ids,
        )
        found[table] = "\n".join(row.row for row in rows)
    for reference in references.known():
        if reference.table in (
            "customer",
            "person",
            "duplicate_todo",
            "rollup_mark",
            "customer_merge",
            "customer_blocks",
            "duplicate_pair",
        ):
            continue
        ids = sorted(set(persons)) if reference in references.PERSON else list(ids_of_customers)
        rows = await fetch(
            f"SELECT to_jsonb(t)::text AS row FROM {reference.table} t WHERE {reference.column} = ANY($1::bigint[]) ORDER BY id",
            ids,
        )
        found[f"{reference.table}.{reference.column}"] = "\n".join(row.row for row in rows)
    return found


async def test_every_column_that_points_at_a_customer_or_a_person_is_known_to_merging(db: None) -> None:
    foreign = await fetch(
        "SELECT r.relname AS name, a.attname AS col FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid "
        "JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = ANY(c.conkey) "
        "WHERE c.contype = 'f' AND c.confrelid IN ('customer'::regclass, 'person'::regclass)"
    )
    by_name = await fetch(
        "SELECT table_name AS name, column_name AS col FROM information_schema.columns WHERE table_schema = 'public' "
        "AND data_type IN ('bigint', 'integer') AND (column_name ~ '(^|_)(customer|person)(_id)?$' OR column_name = 'merged_into') "
        "AND NOT (table_name = 'ticket' AND column_name = 'merged_into')"  # that one points at another ticket
    )
    there = {(row.name, row.col) for row in (*foreign, *by_name)}
    known = {(each.table, each.column) for each in references.known()}
    assert there - known == set(), "say in crm/records/references.py what a merge does with these"
    assert known - there <= {
        (each.table, each.column) for each in references.known() if each.fate is references.Fate.LEAVE
    }


async def test_merging_moves_the_history_and_undoing_gives_all_of_it_back(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    person = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", merged)
    await log_interaction(
        NewInteraction(merged, Channel.PHONE, Direction.INBOUND, text="Wann kommt die Küche?", person_id=person,
                       follow_up_at=NOW + timedelta(days=9)),
        by=cast.ali.id, now=NOW,
    )  # fmt: skip
    await open_ticket(
        NewTicket(merged, "Tür klemmt", "Die Tür klemmt.", "delivery", person_id=person), by=cast.ali.id, now=NOW
    )
    await execute("INSERT INTO customer_order (customer, number, amount) VALUES ($1, 'A-77', 120)", merged)
    before = await snapshot(survivor, merged)
    take = frozenset({"title", "vat_id", "service_level"})

    merge = await merge_customers(Wish(survivor, merged, take), by=cast.petra.id, now=LATER)

    for table, column in (
        ("interaction", "customer"),
        ("ticket", "customer"),
        ("customer_order", "customer"),
        ("reminder", "customer"),
    ):
        assert await fetch_value(f"SELECT count(*) FROM {table} WHERE {column} = $1", survivor) == 1, table
        assert await fetch_value(f"SELECT count(*) FROM {table} WHERE {column} = $1", merged) == 0, table
    row = await fetch_one(
        "SELECT c.*, s.code FROM customer c JOIN service_level s ON s.id = c.service_level WHERE c.id = $1", survivor
    )
    assert row is not None
    assert (row.name, row.vat_id, row.code, row.external_id) == (
        "Dr. Johannes Brückner",
        "DE811907980",
        "gold",
        "SAP-1",
    )
    emails = [e.address for e in await fetch("SELECT e.address FROM email_address e JOIN affiliation a ON a.person = e.person "
                                             "WHERE a.customer = $1 ORDER BY e.position", survivor)]  # fmt: skip
    assert emails == ["j.brueckner@web.example", "hans@brueckner.example"]
    phones = await fetch(
        "SELECT n.number FROM phone_number n JOIN affiliation a ON a.person = n.person WHERE a.customer = $1", survivor
    )
    assert [phone.number for phone in phones] == ["+499115512301"], "the same number is there once"
    figures = await fetch_one("SELECT interactions, open_tickets FROM customer_figures WHERE customer = $1", survivor)
    assert figures is not None
    assert (figures.interactions, figures.open_tickets) == (1, 1)

    undone = await undo_merge(merge, by=cast.petra.id, now=LATER)

    after = await snapshot(survivor, merged)
    for name, rows in before.items():
        assert after[name] == rows, name
    assert (undone.stays, undone.changed) == ({}, ())


async def test_what_came_since_stays_with_the_surviving_one(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    old = await log_interaction(
        NewInteraction(merged, Channel.PHONE, Direction.INBOUND, text="Vorher."), by=cast.ali.id, now=NOW
    )
    merge = await merge_customers(Wish(survivor, merged, frozenset({"brief"})), by=cast.petra.id, now=LATER)
    new = await log_interaction(
        NewInteraction(survivor, Channel.PHONE, Direction.INBOUND, text="Nachher."), by=cast.ali.id, now=LATER
    )
    await change_customer(survivor, {"brief": "Von Hand."}, None, by=cast.petra.id, now=LATER)
    assert await what_stays(merge) == {"interaction": 1}

    undone = await undo_merge(merge, by=cast.petra.id, now=LATER)

    assert (undone.stays, undone.changed) == ({"interaction": 1}, ("brief",))
    assert await fetch_value("SELECT customer FROM interaction WHERE id = $1", new.id) == survivor
    assert await fetch_value("SELECT customer FROM interaction WHERE id = $1", old.id) == merged
    assert await fetch_value("SELECT brief FROM customer WHERE id = $1", survivor) == "Von Hand."
    for customer, count in ((survivor, 1), (merged, 1)):
        assert await fetch_value("SELECT interactions FROM customer_figures WHERE customer = $1", customer) == count
    assert await fetch_value("SELECT last_contact_at FROM customer_figures WHERE customer = $1", survivor) == LATER


async def test_values_come_back_even_if_the_list_was_written_anew_meanwhile(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    merge = await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    lists = {"emails": (Reach("hans@brueckner.example"), Reach("neu@brueckner.example"))}
    await change_customer(survivor, lists, None, by=cast.petra.id, now=LATER)

    await undo_merge(merge, by=cast.petra.id, now=LATER)

    async def emails(customer: int) -> set[str]:
        rows = await fetch(
            "SELECT e.address FROM email_address e JOIN affiliation a ON a.person = e.person WHERE a.customer = $1",
            customer,
        )
        return {row.address for row in rows}

    assert await emails(merged) == {"hans@brueckner.example"}
    assert await emails(survivor) == {"neu@brueckner.example"}


async def test_merges_one_on_top_of_the_other_are_undone_in_any_order(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, second = twins
    third, _p = await create_private_person(
        PrivatePersonData(PersonData("Hannes", "Brückner", title="Prof."), MasterData(vat_id="DE136695976")),
        by=cast.ali.id,
        now=NOW,
    )
    before = await snapshot(survivor, second, third)
    one = await merge_customers(Wish(survivor, second, frozenset({"vat_id", "title"})), by=cast.petra.id, now=LATER)
    two = await merge_customers(Wish(survivor, third, frozenset({"vat_id", "title"})), by=cast.petra.id, now=LATER)
    await undo_merge(one, by=cast.petra.id, now=LATER)
    assert await fetch_value("SELECT vat_id FROM customer WHERE id = $1", survivor) == "DE136695976", (
        "the later merge still holds"
    )
    await undo_merge(two, by=cast.petra.id, now=LATER)
    assert await snapshot(survivor, second, third) == before


async def test_a_chain_is_undone_from_its_end(cast: Cast, twins: tuple[int, int]) -> None:
    first, second = twins
    third, _p = await create_private_person(
        PrivatePersonData(PersonData("Hannes", "Brückner"), MasterData()), by=cast.ali.id, now=NOW
    )
    one = await merge_customers(Wish(second, first), by=cast.petra.id, now=LATER)
    two = await merge_customers(Wish(third, second), by=cast.petra.id, now=LATER)
    with pytest.raises(RuleBroken):
        await undo_merge(one, by=cast.petra.id, now=LATER)
    await undo_merge(two, by=cast.petra.id, now=LATER)
    await undo_merge(one, by=cast.petra.id, now=LATER)
    with pytest.raises(RuleBroken):
        await undo_merge(one, by=cast.petra.id, now=LATER)
    assert await fetch_value("SELECT count(*) FROM customer WHERE merged_into IS NOT NULL") == 0


async def test_a_merge_tells_no_name_of_a_chain_whose_last_one_is_gone(cast: Cast, twins: tuple[int, int]) -> None:
    first, second = twins
    third, _p = await create_private_person(
        PrivatePersonData(PersonData("Hannes", "Brückner"), MasterData()), by=cast.ali.id, now=NOW
    )
    one = await merge_customers(Wish(second, first), by=cast.petra.id, now=LATER)
    two = await merge_customers(Wish(third, second), by=cast.petra.id, now=LATER)
    assert [row.id for row in (await merges())[0]] == [two, one]
    for hide, show in (
        ("UPDATE customer SET restricted_at = now() WHERE id = $1", "UPDATE customer SET restricted_at = NULL WHERE id = $1"),
        ("UPDATE customer SET deleted_at = now() WHERE id = $1", "UPDATE customer SET deleted_at = NULL WHERE id = $1"),
    ):  # fmt: skip
        await execute(hide, third)
        assert (await merges())[0] == []
        with pytest.raises(NotFound):
            await merge_for(one)
        await execute(show, third)
        assert (await merge_for(one)).merged_name == "Johannes Brückner"


async def test_the_same_person_at_both_organisations_becomes_one(cast: Cast, customers: Customers) -> None:
    other = await create_organisation(OrganisationData("Größmann Küchen"), by=cast.ali.id, now=NOW)
    anna = await add_person(
        other, PersonData("Anna", "Groessmann", title="Dr.", email="a.groessmann@home.example"), by=cast.ali.id, now=NOW
    )
    bert = await add_person(other, PersonData("Bert", "Größmann"), by=cast.ali.id, now=NOW)
    merge = await merge_customers(Wish(customers.groessmann, other), by=cast.petra.id, now=LATER)
    persons = await fetch("SELECT person FROM affiliation WHERE customer = $1 ORDER BY person", customers.groessmann)
    assert [row.person for row in persons] == sorted([customers.anna, bert])
    assert await fetch_value("SELECT merged_into FROM person WHERE id = $1", anna) == customers.anna
    assert await fetch_value("SELECT title FROM person WHERE id = $1", customers.anna) == "Dr.", (
        "what was empty is filled"
    )
    await undo_merge(merge, by=cast.petra.id, now=LATER)
    assert await fetch_value("SELECT title FROM person WHERE id = $1", customers.anna) == ""
    back = await fetch("SELECT person FROM affiliation WHERE customer = $1 ORDER BY person", other)
    assert [row.person for row in back] == sorted([anna, bert])


async def test_the_strictest_answer_of_merged_people_wins(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    hans = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", merged)
    johannes = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", survivor)

    async def say(person: int, event: ConsentEventKind) -> None:
        await record_event(person_id=person, purpose="newsletter", channel="email", event=event, source=ConsentSource.PAPER, at=NOW,
                           by=cast.sven.id, now=NOW, wording_version=1 if event is ConsentEventKind.GIVEN else None)  # fmt: skip

    await say(johannes, ConsentEventKind.GIVEN)
    await say(hans, ConsentEventKind.OBJECTED)

    async def asked(person: int) -> str:
        return (await permission_for(person_id=person, purpose="newsletter", channel="email", now=LATER)).code

    assert (await asked(johannes), await asked(hans)) == ("consent_given", "consent_objected")
    counted = next(line for line in await coverage(LATER) if (line.purpose, line.channel) == ("newsletter", "email"))
    merge = await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)

    assert (await asked(johannes), await asked(hans)) == ("consent_objected", "consent_objected")
    assert {event.event for event in await ledger_of(johannes)} == {"given", "objected"}
    assert await fetch_value("SELECT count(*) FROM consent_event WHERE person_id = $1", hans) == 1, (
        "ledger rows stay where they are"
    )
    now_counted = next(
        line for line in await coverage(LATER) if (line.purpose, line.channel) == ("newsletter", "email")
    )
    assert (now_counted.given, now_counted.refused) == (counted.given - 1, counted.refused)
    line = next(row for row in await may_contact(survivor, LATER) if row.channel == "email")
    assert line.tone == "no"

    await undo_merge(merge, by=cast.petra.id, now=LATER)
    assert (await asked(johannes), await asked(hans)) == ("consent_given", "consent_objected")


async def test_mail_still_reaches_a_merged_customer(cast: Cast, twins: tuple[int, int]) -> None:
    """Addresses that both had stay behind with the merged one; that must not look like a deleted customer."""
    survivor, merged = twins
    await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    for address in ("j.brueckner@web.example", "hans@brueckner.example"):
        answer = await permission_for(address=address, purpose="service", channel="email", now=LATER)
        assert answer.code == "contract", address


async def test_a_merged_customer_is_found_by_the_number_it_had_and_not_listed(
    cast: Cast, twins: tuple[int, int]
) -> None:
    survivor, merged = twins
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", merged)
    await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    assert [row.id for row in (await find_customers(Wanted(q="Brückner"), limit=10)).rows] == [survivor]
    found = [row.id for row in (await find_customers(Wanted(q=number.removeprefix("K-")), limit=10)).rows]
    assert survivor in found
    assert merged not in found


async def test_links_lead_to_the_surviving_one(browser: Browser, cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    person = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", merged)
    kept = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", survivor)
    merge = await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    await browser.log_in(cast.petra)
    for path, target in (
        (f"/customers/{merged}?kind=ticket", f"/customers/{survivor}?kind=ticket"),
        (f"/customers/{merged}/edit", f"/customers/{survivor}/edit"),
        (f"/persons/{person}/edit", f"/persons/{kept}/edit"),
        (f"/api/v1/customers/{merged}", f"/api/v1/customers/{survivor}"),
        (f"/api/v1/customers/{merged}/history?limit=5", f"/api/v1/customers/{survivor}/history?limit=5"),
    ):
        token = {"authorization": f"Bearer {browser.token}"} if path.startswith("/api") else {}
        response = await browser.client.get(path, follow_redirects=False, headers=token)
        assert (response.status_code, response.headers.get("location")) == (301, target), path
        assert response.headers["cache-control"] == "no-store", "a merge can be undone"
    await undo_merge(merge, by=cast.petra.id, now=LATER)
    assert (await browser.client.get(f"/customers/{merged}")).status_code == 200


async def test_who_can_not_be_merged(cast: Cast, twins: tuple[int, int], customers: Customers) -> None:
    one, other = twins
    with pytest.raises(RuleBroken):
        await merge_customers(Wish(one, one), by=cast.petra.id, now=LATER)
    with pytest.raises(RuleBroken):
        await merge_customers(Wish(customers.groessmann, one), by=cast.petra.id, now=LATER)
    with pytest.raises(Conflict):
        await merge_customers(Wish(one, other, versions=(1, 99)), by=cast.petra.id, now=LATER)
    await execute(
        "UPDATE person SET restricted_at = $2 WHERE id = (SELECT person FROM affiliation WHERE customer = $1)",
        other,
        NOW,
    )
    with pytest.raises(NotFound):
        await merge_customers(Wish(one, other), by=cast.petra.id, now=LATER)


async def test_the_memory_of_a_merge_names_known_columns_only(cast: Cast, twins: tuple[int, int]) -> None:
    await merge_customers(Wish(*twins), by=cast.petra.id, now=LATER)
    row: Row | None = await fetch_one("SELECT kept::text AS kept FROM customer_merge")
    assert row is not None
    for table, column, *_rest in msgspec.json.decode(row.kept)["moved"]:
        assert re.fullmatch(r"[a-z_]+", table + column)
        assert references.of(table, column).is_moved


async def test_a_merged_customer_is_no_deleted_one(cast: Cast, twins: tuple[int, int]) -> None:
    """It stands in no list of the deleted, and its time does not run out: it comes back by undoing the merge."""
    survivor, merged = twins
    merge = await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    assert await deleted_customers(LATER) == []
    with pytest.raises(NotFound):
        await restore_customer(merged, by=cast.petra.id, now=LATER)
    late = LATER + timedelta(days=400)
    assert await end_deletions(now=late) == 0
    await undo_merge(merge, by=cast.petra.id, now=late)
    assert await fetch_value("SELECT deleted_at FROM customer WHERE id = $1", merged) is None


async def test_the_external_id_of_a_merged_customer_still_names_it(cast: Cast, twins: tuple[int, int]) -> None:
    """Whoever sends customers by external id again updates the surviving one, and creates nobody twice."""
    survivor, merged = twins
    await merge_customers(Wish(merged, survivor), by=cast.petra.id, now=LATER)
    known = await known_external_id("SAP-1")
    assert known is not None
    assert (known.id, known.deleted_at) == (merged, None)


async def test_attributes_go_with_their_basis_and_come_back(cast: Cast, twins: tuple[int, int]) -> None:
    survivor, merged = twins
    old = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", merged)
    await execute(
        "INSERT INTO attribute (code, name_de, name_en, kind, data_type, about, purpose, legal_basis, retention, "
        "retention_unit, roles, is_special, basis_note, position, version) VALUES ('taste', 'Stil', 'Style', "
        "'psychographic', 'text', 'person', 'service', 'contract', 12, 'months', '', false, '', 1, 1)"
    )
    await execute(
        "INSERT INTO attribute_basis (person, purpose, basis, reference, valid_from) "
        "VALUES ($1, 'service', 'contract', 'Auftrag A-1', $2)",
        old, NOW,
    )  # fmt: skip
    await execute(
        "INSERT INTO attribute_value (attribute, person, text, source, version) "
        "SELECT id, $1, 'Landhaus', 'form', 1 FROM attribute WHERE code = 'taste'",
        old,
    )
    before = await snapshot(survivor, merged)
    merge = await merge_customers(Wish(survivor, merged), by=cast.petra.id, now=LATER)
    new = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", survivor)
    assert await fetch_value("SELECT text FROM attribute_value WHERE person = $1", new) == "Landhaus"
    await undo_merge(merge, by=cast.petra.id, now=LATER)
    assert await snapshot(survivor, merged) == before


async def test_swapped_names_are_proposed_as_one_of_the_two_wrote_them(cast: Cast) -> None:
    """Not one of each: François Peters and Peters François make no François François."""
    ids = []
    for given, family in (("François", "Peters"), ("Peters", "François")):
        new = PrivatePersonData(PersonData(given, family), MasterData())
        ids.append((await create_private_person(new, by=cast.petra.id, now=NOW))[0])
    for survivor, merged in (ids, ids[::-1]):
        choices = {choice.name: choice for choice in (await comparison(survivor, merged)).choices}
        assert {"given_name", "family_name"} <= set(choices)
        assert not choices["given_name"].takes_theirs
        assert not choices["family_name"].takes_theirs
