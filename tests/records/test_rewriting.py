"""What an import changes by set is what the forms change one by one, in every table and column."""

from __future__ import annotations

from datetime import date, timedelta

from crm.customers.changing import change_customer
from crm.customers.data import Address, Reach
from crm.customers.persons import change_person
from crm.database import Statements, counted, execute, fetch, fetch_value
from crm.records.rewriting import Change, change_many
from crm.records.tables import Rule
from crm.records.updating import former_customers, former_persons
from tests.cast import Cast, introduce
from tests.records.conftest import NOW, Write, bring_in, counts_of

START = (
    "Kundennummer;Firma;Anrede;Vorname;Nachname;E-Mail;Telefon;Straße;PLZ;Ort;Schlagwörter\n"
    "1;Nord GmbH;Frau;Anna;Berg;anna@nord.example;0911 551230;Am Ring 1;90403;Nürnberg;VIP\n"
    "2;;Herr;Emre;Yıldız;emre@yildiz.example;0171 2204512;Gasse 2;90762;Fürth;VIP\n"
    "3;Süd AG;;Max;Alt;max@sued.example;;;;Ulm;\n"
)
_TABLES = {
    "customer": "name, sort_key, search_text, status, owner, deputy, service_level, language, brief, origin, origin_code, website, "
    "vat_id, iban, external_id, no_automatic_answers, checked_on, checked_by, version",
    "person": "given_name, family_name, title, form_of_address, language, birthday, salutation, preferred_channel, version",
    "affiliation": "function, is_self, position",
    "email_address": "address, kind, position, person IS NULL AS is_own",
    "phone_number": "number, kind, position, person IS NULL AS is_own",
    "postal_address": "street, postcode, city, country, extra, kind, position",
    "status_change": "before, after, trigger, reason, at, by_user",
    "timeline_entry": "kind, at, ref_id = customer AS is_own, title, body, by_user, detail - 'event' AS detail",
    "customer_figures": "contact_due_at",
}  # fmt: skip
NUMBERS_ANEW = "ALTER SEQUENCE customer_number RESTART 10001"
LATER = NOW + timedelta(days=3)


async def _everything() -> dict[str, list[str]]:
    found = {
        table: sorted(str(dict(row)) for row in await fetch(f"SELECT {columns} FROM {table}"))
        for table, columns in _TABLES.items()
    }
    found["audit"] = sorted(
        str(dict(row))
        for row in await fetch(
            "SELECT e.action, e.at, e.actor_id, p.fields::text FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id "
            "WHERE e.action IN ('customer.changed', 'person.changed')"
        )
    )
    found["tags"] = sorted(
        f"{row.customer} {row.name}"
        for row in await fetch(
            "SELECT c.name AS customer, g.name FROM customer_tag t JOIN tag g ON g.id = t.tag JOIN customer c ON c.id = t.customer"
        )
    )
    return found


async def _changes(people: Cast) -> tuple[list[Change], list[Change]]:
    """Everything that an import can change, of two organisations, a private customer and a person at one."""
    ids = {row.external_id: row.id for row in await fetch("SELECT id, external_id FROM customer")}
    anna = await fetch_value("SELECT id FROM person WHERE given_name = 'Anna'")
    before, persons = await former_customers(list(ids.values())), await former_persons([(anna, ids["1"])])
    nord = {
        "name": "Nord Küchen GmbH", "status": "customer", "service_level": "gold", "language": "en", "brief": "Neu", "origin": "Messe",
        "origin_code": "fair", "website": "https://nord.example", "vat_id": "DE136695976", "iban": "DE89370400440532013000",
        "owner_id": people.karin.id, "deputy_id": people.eva.id, "no_automatic_answers": True, "checked_on": date(2026, 11, 1),
        "emails": (Reach("info@nord.example", "work"),), "phones": (Reach("+49911551239"), Reach("+49911551230", "fax")),
        "addresses": (Address("Am Ring 9", "90403", "Nürnberg", "DE", "Hinterhaus", "invoice"), *before[ids["1"]]["addresses"]),
        "tags": ("VIP", "Messe"),
    }  # fmt: skip
    emre = {
        "given_name": "Emre Can", "title": "Dr.", "form_of_address": "neutral", "birthday": date(1980, 2, 29), "salutation": "Lieber E.",
        "preferred_channel": "email", "language": "en", "status": "former",
        "emails": (Reach("neu@yildiz.example"),), "tags": ("VIP", "Neu"),
    }  # fmt: skip
    theirs = {
        "family_name": "Berg-Lang",
        "function": "Leiterin",
        "birthday": date(1975, 4, 12),
        "phones": (Reach("+491712204511", "mobile"),),
    }
    return (
        [Change(ids["1"], None, before[ids["1"]], nord), Change(ids["2"], before[ids["2"]]["person_id"], before[ids["2"]], emre),
         Change(ids["3"], None, before[ids["3"]], {"status": "customer"})],
        [Change(ids["1"], anna, persons[anna, ids["1"]], theirs)],
    )  # fmt: skip


async def test_changes_of_many_are_those_of_one_by_hand(own_database: str, write: Write) -> None:
    people = await introduce()
    await execute(NUMBERS_ANEW)  # the tests before have taken some
    run = await bring_in(write(START), by=people.petra.id)
    assert await counts_of(run) == {"created": 3}
    customers, persons = await _changes(people)
    untouched = await _everything()
    for each in customers:
        await change_customer(each.customer_id, dict(each.wanted), None, by=people.petra.id, now=LATER)
    for each in persons:
        assert each.person_id is not None
        await change_person(each.person_id, each.customer_id, dict(each.wanted), None, by=people.petra.id, now=LATER)
    by_hand = await _everything()
    await _begin_again(write, people)
    customers, persons = await _changes(people)
    assert await _everything() == untouched
    await change_many_alone(customers, persons, people)
    assert await _everything() == by_hand


async def change_many_alone(customers: list[Change], persons: list[Change], people: Cast) -> None:
    from crm.database import transaction

    async with transaction():
        await change_many(customers, persons, by=people.petra.id, now=LATER)


async def _begin_again(write: Write, people: Cast) -> None:
    for statement in (
        "DELETE FROM customer", "DELETE FROM person", "DELETE FROM import_row", "DELETE FROM tag", NUMBERS_ANEW,
    ):  # fmt: skip
        await execute(statement)
    await execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    await execute("GRANT DELETE ON audit_entry TO CURRENT_USER")
    await execute("DELETE FROM audit_entry")
    await bring_in(write(START), by=people.petra.id)


async def test_changing_many_takes_as_many_statements_as_changing_one(own_database: str, write: Write) -> None:
    header = "Kundennummer;Firma;Vorname;Nachname;E-Mail;Ort;Bemerkung;Schlagwörter;Status\n"

    def rows(count: int, said: str) -> str:
        return "".join(
            f"{n};Nord {n};Anna;Berg {n};{said}{n}@nord.example;{said};{said};{said};Kunde\n" for n in range(count)
        )

    await bring_in(write(header + rows(120, "alt").replace("Kunde", "")))
    one = await _statements(write(header + rows(1, "neu")))
    many = await _statements(write(header + rows(120, "ganz-neu")))
    assert sorted(one) == sorted(many)
    assert await fetch_value("SELECT count(*) FROM customer WHERE brief = 'ganz-neu'") == 120
    assert await fetch_value("SELECT count(*) FROM status_change WHERE after = 'customer'") == 120


async def _statements(path: object) -> list[str]:
    token = counted.set(Statements())
    try:
        run = await bring_in(path, rule=Rule.UPDATE)  # type: ignore[arg-type]
        found = list(counted.get() or ())
    finally:
        counted.reset(token)
    assert set(await counts_of(run)) == {"updated"}
    return found


async def test_a_person_at_two_organisations_is_changed_by_one_row_after_the_other(
    own_database: str, write: Write
) -> None:
    header = "Kundennummer;Firma;Vorname;Nachname;E-Mail;Funktion;Geburtstag\n"
    await bring_in(write(header + "1;Nord;Anna;Berg;anna@nord.example;;\n2;Süd;Max;Alt;max@sued.example;;\n"))
    anna = await fetch_value("SELECT id FROM person WHERE given_name = 'Anna'")
    south = await fetch_value("SELECT id FROM customer WHERE name = 'Süd'")
    await execute(
        "INSERT INTO affiliation (customer, person, function, is_self, position) VALUES ($1, $2, '', false, 1)",
        south,
        anna,
    )
    run = await bring_in(
        write(header + "1;Nord;Anna;Berg;;Leiterin;12.04.1975\n2;Süd;Anna;Berg;neu@sued.example;Beirätin;\n"),
        rule=Rule.UPDATE,
    )
    assert await counts_of(run) == {"updated": 2}
    functions = await fetch("SELECT function FROM affiliation WHERE person = $1 ORDER BY customer", anna)
    assert [row.function for row in functions] == ["Leiterin", "Beirätin"]
    assert await fetch_value("SELECT birthday FROM person WHERE id = $1", anna) == date(1975, 4, 12)
    assert await fetch_value("SELECT count(*) FROM email_address WHERE person = $1", anna) == 2
