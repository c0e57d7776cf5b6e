"""Products and quotations from the lists of inventory systems: recognised, tried, written, brought up to date, undone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from crm.accounts.permissions import ROLE_PERMISSIONS, Permission
from crm.customers.orders.bulk import upsert_orders
from crm.customers.quotations.actions import change_quotation
from crm.customers.quotations.queries import quotations_numbered
from crm.database import decoded, execute, fetch, fetch_one, fetch_value
from crm.records.importing import work_on_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from crm.records.undoing import plan_undo, request_undo, undo_import
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers, customers
from tests.records.conftest import NOW, Write, bring_in, counts_of
from tests.records.test_import_pages import choices_on, send, upload

__all__ = ["customers"]

CUSTOMERS = "Kundennummer;Firma\nK1;Nord GmbH\nK2;Süd AG\n"
CATALOGUE = "Artikelnummer;Bezeichnung;Warengruppe\nKZ-100;Küchenzeile Elbe;Planung\nKZ-200;Küchenzeile Isar;\n"
HEADER = "Angebotsnummer;Angebotsdatum;Kundennummer;Betreff;Summe;Status;Artikel\n"


async def products() -> list[tuple[str, str, str, str]]:
    rows = await fetch("SELECT code, name_de, name_en, department FROM product ORDER BY code")
    return [tuple(row) for row in rows]


async def lines(run: int) -> list[dict[str, object]]:
    rows = await fetch(
        "SELECT outcome, reason, detail::text AS detail FROM import_row WHERE run = $1 ORDER BY line", run
    )
    return [{"outcome": row.outcome, "reason": row.reason, **decoded(row.detail)} for row in rows]


async def undo(run: int) -> None:
    await request_undo(run, by=None, now=NOW)
    assert await undo_import(run, now=NOW)


def test_whoever_may_import_may_change_the_catalogue() -> None:
    importers = {role for role, allowed in ROLE_PERMISSIONS.items() if Permission.DATA_IMPORT in allowed}
    assert importers
    assert all(Permission.CATALOGUES_EDIT in ROLE_PERMISSIONS[role] for role in importers)


async def test_a_catalogue_comes_in_once_and_is_brought_up_to_date(own_database: str, write: Write) -> None:
    path = write(CATALOGUE)
    tried = await bring_in(path, kind=ImportKind.PRODUCTS, trial=True)
    assert await counts_of(tried) == {"created": 2}
    assert await products() == []
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS)) == {"created": 2}
    assert await products() == [
        ("KZ-100", "Küchenzeile Elbe", "Küchenzeile Elbe", "Planung"),
        ("KZ-200", "Küchenzeile Isar", "Küchenzeile Isar", ""),
    ]
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS)) == {"skipped": 2}
    newer = write(
        "Artikelnummer;Bezeichnung;Abteilung\nkz-100;Küchenzeile Elbe;\nKZ-200;Küchenzeile Inn;Montage\nKZ-300;;\n"
    )
    run = await bring_in(newer, kind=ImportKind.PRODUCTS, rule=Rule.UPDATE)
    assert await counts_of(run) == {"unchanged": 1, "updated": 1, "wrong": 1}
    assert (await products())[1] == ("KZ-200", "Küchenzeile Inn", "Küchenzeile Isar", "Montage")
    wrong = (await lines(run))[2]
    assert wrong["errors"] == {
        "de": {"Bezeichnung": "Bitte füllen Sie dieses Feld aus."}, "en": {"Bezeichnung": "Please fill this in."},
    }  # fmt: skip
    await undo(run)
    assert (await products())[1] == ("KZ-200", "Küchenzeile Isar", "Küchenzeile Isar", "")


async def test_a_code_that_stands_twice_in_a_catalogue_is_one_product(own_database: str, write: Write) -> None:
    path = write("Code;Name\nA-1;Spüle\na-1;Spüle groß\n")
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS, trial=True)) == {"created": 1, "skipped": 1}
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS)) == {"created": 1, "skipped": 1}


async def test_undoing_a_catalogue_keeps_what_was_sold(own_database: str, write: Write) -> None:
    await bring_in(write(CUSTOMERS))
    run = await bring_in(write(CATALOGUE), kind=ImportKind.PRODUCTS)
    sold = {
        "number": "A-1",
        "customer_external_id": "K1",
        "ordered_on": "2026-11-02",
        "amount": "10",
        "product": "KZ-100",
    }
    await upsert_orders([sold], by=None, now=NOW)
    plan = await plan_undo(run, now=NOW)
    assert (plan.removed_records, plan.kept, plan.obstacles[0].why) == (1, 1, "product_used")
    await undo(run)
    assert [code for code, *_rest in await products()] == ["KZ-100"]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'product.removed'") == 1


@pytest.fixture
async def house(own_database: str, write: Write) -> None:
    """Two customers and a catalogue."""
    await bring_in(write(CUSTOMERS))
    await bring_in(write(CATALOGUE), kind=ImportKind.PRODUCTS)


async def test_quotations_come_in_with_customer_products_and_course(house: None, write: Write) -> None:
    path = write(
        HEADER + "AN-1;02.11.2026;K1;Küche Chausseestraße;12.500,00;versendet;KZ-100, küchenzeile isar\n"
        "AN-2;03.11.2026;K2;;900,5;angenommen;\n"
        "AN-3;04.11.2026;K1;Arbeitsplatte;;abgelehnt;\n"
    )
    assert await counts_of(await bring_in(path, kind=ImportKind.QUOTATIONS, trial=True)) == {"created": 3}
    assert not await fetch_value("SELECT count(*) FROM quotation")
    run = await bring_in(path, kind=ImportKind.QUOTATIONS)
    assert await counts_of(run) == {"created": 3}
    saved = await quotations_numbered(["AN-1", "AN-2", "AN-3"])
    first = saved["AN-1"].record
    assert (first.subject, first.amount, first.status) == ("Küche Chausseestraße", Decimal("12500.00"), "sent")
    assert first.products == ("KZ-100", "KZ-200")
    assert first.document_on == date(2026, 11, 2)
    assert first.requested_at == first.sent_at == datetime(2026, 11, 2, 11, tzinfo=UTC)
    second, third = saved["AN-2"].record, saved["AN-3"].record
    assert (second.subject, second.amount, second.decided_at) == ("AN-2", Decimal("900.50"), second.sent_at)
    assert (third.status, third.decline_reason) == ("declined", "other")
    notes = [line.get("notes") for line in await lines(run)]
    assert notes == [None, [["no_decision_day", ""]], [["no_decision_day", ""], ["reason_unknown", ""]]]
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'quotation'") == 3


async def test_what_is_wrong_with_a_quotation_is_told_by_column(house: None, write: Write) -> None:
    run = await bring_in(
        write(
            HEADER
            + "AN-1;02.11.2026;K9;Küche;1;offen;\nAN-2;02.11.2026;K1;Küche;viel;offen;\nAN-3;02.11.2026;K1;Küche;1;halb;\n"
            "AN-4;02.11.2026;K1;Küche;1;offen;ZZ-9\nAN-5;02.11.2026;;Küche;1;offen;\n;02.11.2026;K1;Küche;1;offen;\n"
        ),
        kind=ImportKind.QUOTATIONS,
    )
    assert await counts_of(run) == {"wrong": 6}
    assert [list(line["errors"]["de"]) for line in await lines(run)] == [  # type: ignore[index, call-overload]
        ["Kundennummer"], ["Summe"], ["Status"], ["Artikel"], ["Kundennummer"], ["Angebotsnummer"],
    ]  # fmt: skip
    assert not await fetch_value("SELECT count(*) FROM quotation")


async def test_a_later_list_brings_quotations_up_to_date_and_can_be_undone(house: None, write: Write) -> None:
    first = await bring_in(
        write(HEADER + "AN-1;02.11.2026;K1;Küche;1000;versendet;\nAN-2;02.11.2026;K2;Bad;500;versendet;\n"),
        kind=ImportKind.QUOTATIONS,
    )
    later = write(
        "Angebotsnummer;Status;Entschieden am;Absagegrund\nAN-1;angenommen;20.11.2026;\nAN-2;verloren;21.11.2026;zu teuer\n"
    )
    assert await counts_of(await bring_in(later, kind=ImportKind.QUOTATIONS)) == {"skipped": 2}
    run = await bring_in(later, kind=ImportKind.QUOTATIONS, rule=Rule.UPDATE)
    assert await counts_of(run) == {"updated": 2}
    saved = await quotations_numbered(["AN-1", "AN-2"])
    assert saved["AN-1"].record.decided_at == datetime(2026, 11, 20, 11, tzinfo=UTC)
    assert (saved["AN-2"].record.status, saved["AN-2"].record.decline_reason) == ("declined", "price")
    again = await bring_in(later, kind=ImportKind.QUOTATIONS, rule=Rule.UPDATE)
    assert await counts_of(again) == {"unchanged": 2}
    await change_quotation(saved["AN-2"].id, {"decision_note": "Zu teuer."}, None, by=None, now=NOW)
    await undo(run)
    back = await quotations_numbered(["AN-1", "AN-2"])
    assert [(one.record.status, one.record.decided_at, one.record.decline_reason) for one in back.values()] == [
        ("sent", None, ""), ("sent", None, ""),
    ]  # fmt: skip
    plan = await plan_undo(first, now=NOW)
    assert (plan.removed_records, plan.kept) == (0, 2), "both were changed since"


async def test_undoing_new_quotations_takes_their_lines_along(house: None, write: Write) -> None:
    run = await bring_in(write(HEADER + "AN-1;02.11.2026;K1;Küche;1000;versendet;KZ-100\n"), kind=ImportKind.QUOTATIONS)
    await undo(run)
    assert not await fetch_value("SELECT count(*) FROM quotation")
    assert not await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'quotation'")


async def test_a_number_that_is_taken_while_the_import_writes_is_a_wrong_row(
    house: None, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves the same number after the import has looked: one row is refused, the others come in."""
    from crm.records import product_chunks, quotation_chunks

    products_path = write("Artikelnummer;Bezeichnung\nNEU-1;Spüle\nNEU-2;Herd\n", "p.csv")
    quotations_path = write(HEADER + "A-901;01.10.2026;K1;Bad;100;;\nA-902;01.10.2026;K1;Flur;100;;\n", "q.csv")
    await bring_in(write("Artikelnummer;Bezeichnung\nNEU-1;Andere\n"), kind=ImportKind.PRODUCTS)
    await bring_in(write(HEADER + "A-901;01.10.2026;K2;Andere;100;;\n"), kind=ImportKind.QUOTATIONS)

    async def nothing(_codes: object) -> dict[str, object]:
        return {}

    monkeypatch.setattr(product_chunks, "products_coded", nothing)
    monkeypatch.setattr(quotation_chunks, "quotations_numbered", nothing)
    for path, kind, told in (
        (products_path, ImportKind.PRODUCTS, "Artikelnummer"), (quotations_path, ImportKind.QUOTATIONS, "Angebotsnummer"),
    ):  # fmt: skip
        run = await bring_in(path, kind=kind)
        assert await counts_of(run) == {"wrong": 1, "created": 1}
        errors = (await lines(run))[0]["errors"]
        assert isinstance(errors, dict)
        assert list(errors["de"]) == list(errors["en"]) == [told]
        assert errors["de"][told] != errors["en"][told]


async def test_nothing_comes_in_about_the_restricted(house: None, write: Write) -> None:
    path = write(HEADER + "AN-1;02.11.2026;K1;Küche;1000;versendet;\n")
    await bring_in(path, kind=ImportKind.QUOTATIONS)
    await execute("UPDATE customer SET restricted_at = $1 WHERE external_id = 'K1'", NOW)
    run = await bring_in(
        write(HEADER + "AN-1;02.11.2026;K1;Küche;2000;versendet;\nAN-2;02.11.2026;K1;Bad;1;offen;\n"),
        kind=ImportKind.QUOTATIONS, rule=Rule.UPDATE,
    )  # fmt: skip
    assert [(line["outcome"], line["reason"]) for line in await lines(run)] == [("skipped", "restricted")] * 2
    row = await fetch_one("SELECT amount FROM quotation")
    assert row is not None
    assert row.amount == 1000


async def test_a_catalogue_in_the_browser_from_upload_to_undo(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert "am besten vor Angeboten und Bestellungen" in (await browser.get("/imports/new")).text
    mapping = (await upload(browser, CATALOGUE, "artikel.csv", "products")).headers["location"]
    page = (await browser.get(mapping)).text
    assert "Produkte, die es schon gibt" in page
    assert "Zahlen sind so geschrieben" not in page, "a catalogue has no amounts"
    fields = await choices_on(browser, mapping)
    assert list(fields.values()) == ["code", "name_de", "department"]
    assert (await browser.post(mapping, {**fields, "rule": "create"})).status_code == 422
    run = int(mapping.split("/")[2])
    await browser.post(mapping, {**fields, "rule": "skip", "then": "import"})
    await work_on_import(run, now=datetime.now(UTC))
    assert "KZ-100, Küchenzeile Elbe" in (await browser.get(f"/imports/{run}")).text
    assert "Küchenzeile Isar" in (await browser.get("/products")).text
    assert "Produkte werden entfernt" in (await browser.get(f"/imports/{run}/reversal")).text
    await browser.post(f"/imports/{run}/reversal")
    await undo_import(run, now=datetime.now(UTC))
    assert not await fetch_value("SELECT count(*) FROM product")


async def test_quotations_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.eva)
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", customers.groessmann)
    sent = await send(
        browser,
        f"number,customer_number,subject,amount,sent_at,status\nQ-1,{number},Kitchen,1234.5,2026-11-02,sent\n",
        kind="quotations",
    )
    assert sent.status_code == 202, sent.text
    run = sent.json()["id"]
    await work_on_import(run, now=datetime.now(UTC))
    told = (await browser.api("GET", f"/imports/{run}")).json()
    assert (told["status"], told["counts"]) == ("done", {"created": 1})
    assert (await quotations_numbered(["Q-1"]))["Q-1"].record.amount == Decimal("1234.50")
    refused = await send(browser, "number\nQ-1\n", kind="quotations", duplicates="create")
    assert refused.status_code == 422


async def test_a_record_that_stands_twice_is_created_and_then_changed(house: None, write: Write) -> None:
    path = write("Artikelnummer;Bezeichnung\nX-1;Griff\nx-1;Griff lang\n")
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS, rule=Rule.UPDATE)) == {
        "created": 1,
        "updated": 1,
    }
    assert await fetch_value("SELECT name_de FROM product WHERE code = 'X-1'") == "Griff lang"
    twice = write(HEADER + "AN  7;02.11.2026;K1;Küche;1000;offen;\nAN\u00a07;02.11.2026;K1;Küche;2000;versendet;\n")
    run = await bring_in(twice, kind=ImportKind.QUOTATIONS, rule=Rule.UPDATE)
    assert await counts_of(run) == {"created": 1, "updated": 1}
    assert (await quotations_numbered(["AN 7"]))["AN 7"].record.amount == Decimal(2000)
    assert await counts_of(await bring_in(twice, kind=ImportKind.QUOTATIONS)) == {"skipped": 2}


async def test_blank_cells_and_missing_columns_change_no_name(house: None, write: Write) -> None:
    path = write("Artikelnummer;Name (englisch)\nKZ-100;Kitchen Elbe\nKZ-900;Sink\n")
    assert await counts_of(await bring_in(path, kind=ImportKind.PRODUCTS, rule=Rule.UPDATE)) == {
        "created": 1,
        "updated": 1,
    }
    assert [row[:3] for row in await products()] == [
        ("KZ-100", "Küchenzeile Elbe", "Kitchen Elbe"), ("KZ-200", "Küchenzeile Isar", "Küchenzeile Isar"), ("KZ-900", "Sink", "Sink"),
    ]  # fmt: skip
