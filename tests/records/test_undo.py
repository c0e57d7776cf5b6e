"""Undoing a whole import: what it created goes, what it changed comes back, what was used since stays and is named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.changing import change_customer
from crm.database import execute, fetch, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.records.tables import Rule
from crm.records.undo_plan import UndoPlan
from crm.records.undoing import plan_undo, request_undo, undo_import
from crm.records.undoing_words import why_kept
from crm.reminders.actions import set_reminder
from tests.cast import introduce
from tests.records.conftest import NOW, Write, bring_in, counts_of

HEADER = "Kundennummer;Firma;Vorname;Nachname;E-Mail;Ort;Bemerkung\n"


async def undo(run_id: int) -> UndoPlan:
    plan = await plan_undo(run_id, now=NOW)
    await request_undo(run_id, by=None, now=NOW)
    assert await undo_import(run_id, now=NOW)
    assert not await undo_import(run_id, now=NOW), "twice is once"
    return plan


async def test_what_was_created_goes_with_everything_that_belongs_to_it(own_database: str, write: Write) -> None:
    path = write(
        HEADER + "1;Nord;Anna;Berg;anna@nord.example;Kiel;\n;Nord;Max;Alt;max@nord.example;;\n2;;Emre;Yıldız;;Ulm;\n"
    )
    run = await bring_in(path)
    assert await counts_of(run) == {"created": 2, "joined": 1}
    plan = await undo(run)
    assert (plan.removed_customers, plan.removed_persons, plan.kept) == (2, 1, 0)
    for table in (
        "customer",
        "person",
        "email_address",
        "information_duty",
        "customer_figures",
        "postal_address",
        "affiliation",
    ):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0, table
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'customer.removed'") == 2
    assert await counts_of(await bring_in(path)) == {"created": 2, "joined": 1}, "after that the file is new again"


async def test_what_was_used_since_stays_and_is_named(own_database: str, write: Write) -> None:
    people = await introduce()
    names = ("Frei", "Mit Wiedervorlage", "Mit Einwilligung", "Geändert")
    run = await bring_in(write("Vorname;Nachname\n" + "".join(f"Anna;{name}\n" for name in names)))
    ids = {row.family_name: (row.customer, row.person) for row in await fetch(
        "SELECT p.family_name, a.customer, p.id AS person FROM person p JOIN affiliation a ON a.person = p.id"
    )}  # fmt: skip
    await set_reminder(
        user_id=people.petra.id,
        customer_id=ids["Mit Wiedervorlage"][0],
        text="Anrufen",
        due_at=NOW + timedelta(days=1),
        by=people.petra.id,
        now=NOW,
    )
    await record_event(
        person_id=ids["Mit Einwilligung"][1], purpose="newsletter", channel="email", event=ConsentEventKind.GIVEN,
        source=ConsentSource.PAPER,
        wording_version=1, by=people.petra.id, now=NOW,
    )  # fmt: skip
    await change_customer(ids["Geändert"][0], {"brief": "Neu"}, None, by=people.petra.id, now=NOW)
    plan = await undo(run)
    assert (plan.removed_customers, plan.kept) == (1, 3)
    assert [(one.line, why_kept(one)) for one in plan.obstacles] == [
        (3, "hat Wiedervorlagen"), (4, "hat Einwilligungen"), (5, "wurde seither geändert"),
    ]  # fmt: skip
    assert {row.name for row in await fetch("SELECT name FROM customer")} == {f"Anna {name}" for name in names[1:]}


async def test_an_organisation_stays_if_one_of_its_persons_does(own_database: str, write: Write) -> None:
    run = await bring_in(write(HEADER + "1;Nord;Anna;Berg;;;\n;Nord;Max;Alt;;;\n"))
    max_alt = await fetch_value("SELECT id FROM person WHERE family_name = 'Alt'")
    await record_event(
        person_id=max_alt,
        purpose="newsletter",
        channel="email",
        event=ConsentEventKind.REFUSED,
        source=ConsentSource.PHONE,
        by=None,
        now=NOW,
    )
    plan = await undo(run)
    assert [one.why for one in plan.obstacles] == ["person", "consent_event"]
    assert await fetch_value("SELECT count(*) FROM customer") == 1
    assert await fetch_value("SELECT count(*) FROM person") == 2


async def test_former_values_come_back_unless_they_were_changed_again(own_database: str, write: Write) -> None:
    await bring_in(write(HEADER + "1;;Emre;Yıldız;alt@y.example;Ulm;alt\n2;;Anna;Berg;;Ulm;alt\n"))
    run = await bring_in(
        write(HEADER + "1;;Emre;Yıldız;neu@y.example;Bonn;neu\n2;;Anna;Berg;;Ulm;neu\n"), rule=Rule.UPDATE
    )
    assert await counts_of(run) == {"updated": 2}
    anna = await fetch_value("SELECT id FROM customer WHERE external_id = '2'")
    await change_customer(anna, {"brief": "inzwischen"}, None, by=None, now=NOW)
    plan = await undo(run)
    assert (plan.restored, plan.kept, [why_kept(one) for one in plan.obstacles]) == (
        1,
        1,
        ["„Kurzprofil“ wurde seither wieder geändert"],
    )
    rows = await fetch("SELECT external_id, brief FROM customer ORDER BY external_id")
    assert [tuple(row) for row in rows] == [("1", "alt"), ("2", "inzwischen")]
    assert await fetch_value("SELECT array_agg(address) FROM email_address") == ["alt@y.example"]
    assert await fetch_value("SELECT array_agg(city) FROM postal_address WHERE customer <> $1", anna) == ["Ulm"]


async def test_a_crash_while_undoing_can_be_gone_on_with(
    own_database: str, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.records.undoing.CHUNK", 10)
    run = await bring_in(write("Vorname;Nachname\n" + "".join(f"Anna;Berg {n}\n" for n in range(25))))
    await request_undo(run, by=None, now=NOW)
    from crm.records import undoing

    whole, calls = undoing._undo_rows, 0

    async def crash(*arguments: object) -> int:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise MemoryError
        return await whole(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(undoing, "_undo_rows", crash)
    with pytest.raises(MemoryError):
        await undo_import(run, now=NOW)
    assert await fetch_value("SELECT count(*) FROM customer") == 15
    await execute("UPDATE import_run SET claimed_at = claimed_at - interval '2 minutes'")
    assert await undo_import(run, now=NOW)
    assert await fetch_value("SELECT count(*) FROM customer") == 0


async def test_what_cannot_be_undone_says_so(own_database: str, write: Write) -> None:
    with pytest.raises(NotFound):
        await plan_undo(99, now=NOW)
    trial = await bring_in(write(HEADER + "1;Nord;;;;;\n"), trial=True)
    with pytest.raises(RuleBroken):
        await plan_undo(trial, now=NOW)
    run = await bring_in(write(HEADER + "1;Nord;;;;;\n"))
    with pytest.raises(RuleBroken, match="30 Tage"):
        await plan_undo(run, now=NOW + timedelta(days=31))
