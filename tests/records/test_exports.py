"""Exports: who goes along for which purpose, what the files hold, what is on record, and who may fetch them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import openpyxl
import pytest
import vobjectx
from python_calamine import CalamineWorkbook

from crm.consents.actions import record_event
from crm.consents.gate import permission_for
from crm.consents.many import decisions_for
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import add_person, create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import execute, fetch, fetch_value
from crm.errors import NotFound
from crm.profiles.defining import define_attribute
from crm.profiles.forms import AttributeData
from crm.profiles.queries import definitions
from crm.profiles.tables import BASES, About, AttributeKind, ValueType
from crm.profiles.writing import Wish, write_attribute, write_attributes
from crm.records import export_queries, exports
from crm.records.export_basis import allowed_of
from crm.records.export_columns import COLUMNS, FOR_IMPORT, STANDARD
from crm.records.export_forms import ExportWish, not_for_this
from crm.records.export_purposes import FIXED, Basis, ExportPurpose, RecipientKind, attribute_fits, without_gate
from crm.records.export_reading import counted_records_of, records_of
from crm.records.exports import forget_old_exports, produce_export, record_fetch, request_export, sweep_exports
from crm.records.merging import Wish as MergeWish
from crm.records.merging import merge_customers
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers, customers
from tests.profiles.conftest import HEALTH

__all__ = ["customers"]

INTERNAL = FIXED[0]
NEWSLETTER = ExportPurpose("newsletter:email", "newsletter", Basis.GATE, "newsletter", "email")
ADVICE = ExportPurpose("advice:processing", "advice", Basis.GATE, "advice", "processing")
SHARE = AttributeData(
    code="share", name_de="Anteil", name_en="Share", kind=AttributeKind.SOCIO_DEMOGRAPHIC, data_type=ValueType.NUMBER,
    about=About.ORGANISATION, purpose="service", legal_basis="legitimate_interest", basis_note="Wir beraten danach",
)  # fmt: skip
LETTER = ExportPurpose("offers:letter", "offers", Basis.GATE, "offers", "letter")


async def said(
    event: str, *, person: int | None = None, address: str | None = None, purpose: str = "newsletter", channel: str = "email"
) -> None:  # fmt: skip
    await record_event(
        person_id=person, address=address, purpose=purpose, channel=channel, event=ConsentEventKind(event),
        source=ConsentSource.PAPER, wording_version=1 if event == "given" else None, by=None, now=NOW,
    )  # fmt: skip


def wish(**changes: Any) -> ExportWish:
    usual: dict[str, Any] = {
        "purpose": INTERNAL, "purpose_text": "", "recipient_kind": RecipientKind.INTERNAL, "recipient": "", "query": "", "ids": None,
        "format": "csv", "columns": FOR_IMPORT, "headings": "names", "rows": "person", "separator": "semicolon", "encoding": "utf-8-bom",
    }  # fmt: skip
    return ExportWish(**usual | changes)


async def made(cast: Cast, **changes: Any) -> tuple[Any, bytes]:
    """The run and the file of an export that Eva asked for."""
    run_id = await request_export(wish(**changes), total=1, described="alle Kunden", by=cast.eva.id, now=NOW)
    assert await produce_export(run_id, now=NOW)
    run = (await fetch("SELECT *, left_out::text AS reasons FROM export_run WHERE id = $1", run_id))[0]
    content = await fetch_value(
        "SELECT string_agg(c.data, ''::bytea ORDER BY c.position) FROM file_chunk c JOIN stored_file f ON f.id = c.file "
        "WHERE f.sha256 = $1",
        run.file_hash,
    )
    return run, bytes(content or b"")


def table(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=separator))


async def test_the_gate_for_many_answers_like_the_gate_for_one(cast: Cast, customers: Customers) -> None:
    other = await add_person(
        customers.groessmann, PersonData("Bernd", "Größmann", email="ANNA@groessmann.example"), by=None, now=NOW
    )
    await said("given", person=customers.anna)
    await said("withdrawn", person=other)
    await said("given", address="info@groessmann.example")
    await said("given", person=customers.emre_person, purpose="offers", channel="phone")
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", other)
    subjects: list[tuple[int | None, str | None]] = [
        (who, address)
        for who in (None, customers.anna, other, customers.emre_person, 999_999)
        for address in (
            None,
            "anna@groessmann.example",
            "info@groessmann.example",
            "emre@yildiz.example",
            "+491712204511",
        )
    ]
    later = NOW + timedelta(hours=1)
    for purpose, channel in (
        ("newsletter", "email"), ("offers", "phone"), ("offers", "letter"), ("survey", "phone"), ("service", "email"), ("none", "email"),
    ):  # fmt: skip
        many = await decisions_for(subjects, purpose=purpose, channel=channel, now=later)
        for (person, address), decision in zip(subjects, many, strict=True):
            one = await permission_for(person_id=person, address=address, purpose=purpose, channel=channel, now=later)
            assert (decision.allowed, decision.code) == (one.allowed, one.code), (person, address, purpose, channel)


@pytest.mark.parametrize(
    ("basis", "status", "objected", "reason"),
    [
        (Basis.CONTRACT, "customer", True, ""),
        (Basis.CONTRACT, "prospect", False, "no_contract"),
        (Basis.CONTRACT, "former", False, "no_contract"),
        (Basis.CONTRACT_OR_INTEREST, "customer", True, ""),
        (Basis.CONTRACT_OR_INTEREST, "prospect", False, ""),
        (Basis.CONTRACT_OR_INTEREST, "prospect", True, "objected"),
        (Basis.INTEREST, "customer", True, "objected"),
        (Basis.LEGAL_DUTY, "former", True, ""),
    ],
)
def test_each_basis_has_its_rule(basis: Basis, status: str, objected: bool, reason: str) -> None:
    assert without_gate(basis, status, has_objected=objected) == reason


async def test_a_newsletter_list_holds_only_whom_the_gate_allows_and_only_that_address(
    cast: Cast, customers: Customers
) -> None:
    await said("given", person=customers.anna)
    await said("withdrawn", person=customers.emre_person)
    run, content = await made(cast, purpose=NEWSLETTER, columns=tuple(COLUMNS))
    (row,) = table(content)
    assert (row["person_given_name"], row["person_email"]) == ("Anna", "anna@groessmann.example")
    assert row["email"] == "", "nobody has said yes for info@"
    assert not {"phone", "person_phone", "person_mobile"} & set(row), "a newsletter needs no telephone numbers"
    assert msgspec.json.decode(run.reasons) == {"consent_withdrawn": 1}
    await said("given", address="info@groessmann.example")
    _run, content = await made(cast, purpose=NEWSLETTER, columns=("name", "email"))
    assert [one["email"] for one in table(content)] == ["info@groessmann.example"]


async def test_an_address_that_somebody_else_forbade_does_not_go_along(cast: Cast, customers: Customers) -> None:
    """Two persons share an address: any no wins, as at the gate."""
    other = await add_person(
        customers.groessmann, PersonData("Bernd", "Größmann", email="anna@groessmann.example"), by=None, now=NOW
    )
    await said("given", person=customers.anna)
    await said("objected", person=other)
    allowed = await allowed_of(await records_of([customers.groessmann]), NEWSLETTER, NOW + timedelta(hours=1))
    assert (allowed.customers, allowed.left_out) == ([], {"consent_objected": 2})


async def test_letters_go_to_all_who_have_not_objected_and_have_an_address(cast: Cast, customers: Customers) -> None:
    await said("objected", person=customers.anna, purpose="offers", channel="letter")
    allowed = await allowed_of(
        await records_of([customers.groessmann, customers.emre]), LETTER, NOW + timedelta(hours=1)
    )
    assert [(one.id, len(one.persons)) for one in allowed.customers] == [(customers.groessmann, 0), (customers.emre, 1)]
    assert allowed.left_out == {"consent_objected": 1}
    assert not allowed.customers[1].persons[0].emails
    await execute("DELETE FROM postal_address WHERE customer = $1", customers.emre)
    allowed = await allowed_of(await records_of([customers.emre]), LETTER, NOW)
    assert allowed.left_out == {"no_address": 1}


async def test_restricted_and_deleted_ones_never_go_along(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE person SET restricted_at = now() WHERE id = ANY($1)", [customers.anna, customers.emre_person])
    _run, content = await made(cast, ids=(customers.groessmann, customers.emre))
    assert "Größmann Küchen GmbH" in content.decode()
    assert b"Anna" not in content
    assert "Yıldız" not in content.decode()
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", customers.groessmann)
    run, content = await made(cast, ids=(customers.groessmann, customers.emre))
    assert (run.customers, len(content.splitlines())) == (0, 1)


async def test_formulas_are_texts_and_numbers_stay_usable(cast: Cast, customers: Customers) -> None:
    evil = ("=1+1", "+49", "-2", "@SUM(A1)", "\tx", "|calc", "'quoted", "  =1", "＝1")
    for n, name in enumerate(evil):
        await execute(
            "UPDATE customer SET brief = $2, name = $3 WHERE id = $1", customers.groessmann, name, f"{name} {n}"
        )
        for separator, mark in (("semicolon", ";"), ("comma", ",")):
            _run, content = await made(cast, ids=(customers.groessmann,), separator=separator)
            (row,) = table(content, mark)
            assert row["brief"] == f"'{name}", name
            assert row["phone"] == "(+49) 911 551230"
            assert not [cell for cell in row.values() if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "|"))]
        _run, content = await made(cast, ids=(customers.groessmann,), format="xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        cells = {str(head.value): cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
        assert (cells["brief"].value, cells["brief"].data_type) == (name, "s")
        assert (cells["phone"].value, cells["phone"].data_type) == ("+49 911 551230", "s")


async def test_a_workbook_for_people_has_words_dates_and_numbers(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET checked_on = $2 WHERE id = $1", customers.groessmann, NOW.date())
    columns = ("name", "status", "checked_on", "revenue", "orders", "salutation_line", "country")
    _run, content = await made(cast, format="xlsx", headings="words", columns=columns, ids=(customers.groessmann,))
    head, row = openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()
    assert [cell.value for cell in head] == [
        "Name", "Status", "Zuletzt geprüft am", "Zahl der Bestellungen", "Umsatz", "Land", "Anredezeile",
    ]  # fmt: skip
    by_name = dict(zip([cell.value for cell in head], row, strict=True))
    assert by_name["Status"].value == "Interessent"
    assert by_name["Zuletzt geprüft am"].is_date
    assert by_name["Umsatz"].value == 0
    assert by_name["Land"].value == "Deutschland"


async def test_encodings_and_separators_are_as_asked(cast: Cast, customers: Customers) -> None:
    _run, content = await made(cast)
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    _run, content = await made(cast, encoding="utf-8", separator="tab", columns=("name", "kind"))
    assert content.decode().splitlines()[0] == "kind\tname"
    _run, content = await made(cast, headings="words", columns=("name", "person_email"), rows="customer")
    assert content.decode("utf-8-sig").splitlines()[0] == "Name;E-Mail"


async def test_one_row_per_person_or_per_customer(cast: Cast, customers: Customers) -> None:
    await add_person(customers.groessmann, PersonData("Bernd", "Größmann"), by=None, now=NOW)
    for rows, count in (("person", 2), ("customer", 1)):
        _run, content = await made(cast, rows=rows, ids=(customers.groessmann,))
        assert [row["person_given_name"] for row in table(content)] == ["Anna", "Bernd"][:count]


@pytest.mark.parametrize(("form", "version"), [("vcard4", "4.0"), ("vcard3", "3.0")])
async def test_vcards_are_read_by_others(cast: Cast, customers: Customers, form: str, version: str) -> None:
    awkward = OrganisationData(
        "Öhl; Söhne, Käserei \\ Wein " + "ü" * 90, "info@oehl.example", "", MasterData(city="Köln\nEhrenfeld")
    )
    await create_organisation(awkward, by=None, now=NOW)
    await execute("UPDATE person SET birthday = '1980-02-29' WHERE id = $1", customers.anna)
    _run, content = await made(cast, format=form)
    text = content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert text.count(f"VERSION:{version}") == 3
    cards = {card.fn.value: card for card in vobjectx.read_components(text) if card.contents}
    anna = cards["Anna Größmann"]
    assert anna.email.value == "anna@groessmann.example"
    assert "911" in anna.tel.value
    assert anna.org.value[0] == "Größmann Küchen GmbH"
    assert anna.adr.value.city == "Nürnberg"
    assert anna.title.value == "Geschäftsführerin"
    assert cards["Dr. Emre Yıldız"].n.value.family == "Yıldız"
    assert any(name.startswith("Öhl; Söhne, Käserei \\ Wein ü") for name in cards)
    again = (await made(cast, format=form))[1]
    assert again == content, "the same persons keep their UID"


async def test_lead_exports_a_view_and_the_officer_sees_it_on_record(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.eva)
    form = await browser.get("/exports/new?q=groessmann")
    assert form.status_code == 200, form.text
    assert "Ein Kunde: Suche nach „groessmann“." in form.text
    body = {
        "query": "q=groessmann", "purpose": "other", "recipient_kind": "external", "format": "csv", "submission_id": "s",
    }  # fmt: skip
    refused = await browser.post("/exports", body)
    assert refused.status_code == 422
    for text in ("Bitte schreiben Sie, wofür die Daten sind.", "Bitte nennen Sie die Firma, die die Daten bekommt."):
        assert text in refused.text
    told = body | {"purpose_text": "Adressetiketten", "recipient": "Druckerei Kern GmbH"}
    done = [await browser.post("/exports", told) for _click in range(2)]
    assert {answer.status_code for answer in done} == {303}
    assert len({answer.headers["location"] for answer in done}) == 1
    where = done[0].headers["location"]
    shown = await browser.get(where)
    for text in (
        "Druckerei Kern GmbH",
        "Adressetiketten",
        "Die Datei ist fertig",
        "Suche nach „groessmann“",
        "Datei abholen",
    ):
        assert text in shown.text, text
    file = await browser.get(f"{where}/file")
    assert file.headers["content-disposition"].startswith('attachment; filename="kunden-')
    assert "Größmann Küchen GmbH" in file.content.decode("utf-8-sig")
    for user in (cast.sven, cast.ines):
        await browser.log_in(user)
        assert "Druckerei Kern GmbH" in (await browser.get("/exports")).text
        assert "Druckerei Kern GmbH" in (await browser.get(f"/exports?customer={customers.groessmann}")).text
        assert "Druckerei Kern GmbH" not in (await browser.get(f"/exports?customer={customers.emre}")).text
        page = await browser.get(where)
        assert "Nur Eva Kern kann sie abholen." in page.text
        assert (await browser.get(f"{where}/file")).status_code == 404
    await browser.log_in(cast.karin)
    assert "Druckerei" not in (await browser.get("/exports")).text
    assert (await browser.get(where)).status_code == 404
    await browser.log_in(cast.petra)
    for path in ("/exports", "/exports/new", where, f"{where}/file"):
        assert (await browser.get(path)).status_code == 404
    actions = [
        row.action for row in await fetch("SELECT action FROM audit_entry WHERE subject_kind = 'export' ORDER BY id")
    ]
    assert actions == ["export.requested", "export.made", "export.fetched"]
    subjects = (await fetch("SELECT customers, persons FROM export_subjects"))[0]
    assert (subjects.customers, subjects.persons) == ([customers.groessmann], [customers.anna])


async def test_the_preview_says_how_many_are_left_out_and_why(
    browser: Browser, cast: Cast, customers: Customers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said("given", person=customers.anna)
    await said("withdrawn", person=customers.emre_person)
    await browser.log_in(cast.karin)
    seen = await browser.post("/exports/preview", {"purpose": "newsletter:email"}, htmx=True)
    assert "<html" not in seen.text
    for text in ("Einwilligung widerrufen", "1 / 2", "Einwilligung, Person für Person geprüft"):
        assert text in seen.text, text
    whole = await browser.post("/exports/preview", {"purpose": "newsletter:email", "recipient": "Agentur"})
    assert "Einwilligung widerrufen" in whole.text
    assert 'value="Agentur"' in whole.text
    monkeypatch.setattr(export_queries, "PREVIEWED", 1)
    part = await browser.post("/exports/preview", {"purpose": "internal"}, htmx=True)
    assert "Gezählt unter den ersten 1 von 2 Kunden" in part.text
    assert 'hx-post="/exports/preview?whole=1"' in part.text
    for whole in (
        await browser.post("/exports/preview?whole=1", {"purpose": "internal"}, htmx=True),
        await browser.post("/exports/preview", {"purpose": "internal"}),
    ):
        assert "Gezählt" not in whole.text, "everybody is counted"


@pytest.mark.parametrize("purpose", [INTERNAL, FIXED[1], NEWSLETTER, LETTER, ADVICE])
async def test_counting_finds_whom_the_export_takes(cast: Cast, customers: Customers, purpose: ExportPurpose) -> None:
    await said("given", person=customers.anna)
    await said("given", address="info@groessmann.example")
    await said("objected", person=customers.emre_person, purpose="offers", channel="letter")
    await said("given", person=customers.anna, purpose="advice", channel="processing")
    await execute("UPDATE customer SET status = 'customer' WHERE id = $1", customers.emre)
    later, ids = NOW + timedelta(hours=1), [customers.groessmann, customers.emre]
    exported = await allowed_of(await records_of(ids), purpose, later)
    counted = await allowed_of(await counted_records_of(ids, purpose.channel), purpose, later)
    assert sorted(one.id for one in counted.customers) == sorted(one.id for one in exported.customers)
    assert (counted.persons, counted.left_out) == (exported.persons, exported.left_out)


async def test_what_somebody_said_before_a_merge_counts_in_lists_too(cast: Cast, customers: Customers) -> None:
    twin, person = await create_private_person(
        PrivatePersonData(PersonData("Emre", "Yildiz", email="emre.y@yildiz.example"), MasterData()), by=None, now=NOW
    )
    await said("given", person=customers.emre_person)
    await said("withdrawn", person=person)
    await merge_customers(MergeWish(customers.emre, twin), by=cast.eva.id, now=NOW)
    later = NOW + timedelta(hours=1)
    (many,) = await decisions_for([(customers.emre_person, None)], purpose="newsletter", channel="email", now=later)
    one = await permission_for(person_id=customers.emre_person, purpose="newsletter", channel="email", now=later)
    assert (many.allowed, many.code) == (one.allowed, one.code) == (False, "consent_withdrawn")
    allowed = await allowed_of(await records_of([customers.emre]), NEWSLETTER, later)
    assert allowed.customers == []


def test_an_attribute_goes_along_for_what_it_is_kept_for() -> None:
    assert attribute_fits(ADVICE, "advice", "consent")
    assert not attribute_fits(NEWSLETTER, "advice", "consent")
    fits = {one.code: [basis for basis in BASES if attribute_fits(one, "service", basis)] for one in FIXED}
    assert fits == {
        "internal": ["contract", "legitimate_interest"], "contract": ["contract"], "legal_duty": ["legal_duty"],
        "other": ["legitimate_interest"],
    }  # fmt: skip


async def kept(cast: Cast, customers: Customers) -> None:
    """The trade of Größmann; by what Anna decides, and that she needs a kitchen for a wheelchair, both by her consent."""
    await define_attribute(replace(HEALTH, roles=frozenset({"sales", "lead"})), by=None, now=NOW)
    await said("given", person=customers.anna, purpose="advice", channel="processing")
    refused = await write_attributes(
        [
            Wish(customers.groessmann, "industry", "crafts"), Wish(customers.groessmann, "employees", 12),
            Wish(customers.groessmann, "decides_by", "quality", customers.anna),
            Wish(customers.groessmann, "wheelchair", True, customers.anna),
        ],
        source="form", by=cast.petra.id, now=NOW,
    )  # fmt: skip
    assert not refused


async def test_attributes_are_columns_and_special_ones_are_on_record_as_read(cast: Cast, customers: Customers) -> None:
    await kept(cast, customers)
    columns = ("name", "attribute:industry", "attribute:employees", "attribute:decides_by", "attribute:wheelchair")
    for form, headings in (("csv", "words"), ("csv", "names"), ("xlsx", "words")):
        _run, content = await made(cast, purpose=ADVICE, columns=columns, format=form, headings=headings)
        if form == "xlsx":
            cells = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
        else:
            cells = [tuple(row) for row in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")]
        worded = ("Größmann Küchen GmbH", "Handwerk", 12 if form == "xlsx" else "12", "Qualität", "ja")
        assert cells[1:] == [
            worded if headings == "words" else ("Größmann Küchen GmbH", "crafts", "12", "quality", "1")
        ]
        heading = ("Name", "Branche", "Beschäftigte", "Entscheidet nach", "Rollstuhlgerecht")
        assert cells[0] == (heading if headings == "words" else columns)
    read = await fetch(
        "SELECT actor_id, subject_id FROM audit_entry WHERE action = 'attribute.read' AND subject_kind = 'person'"
    )
    assert [(row.actor_id, row.subject_id) for row in read] == [(cast.eva.id, customers.anna)] * 3
    _run, content = await made(cast, purpose=INTERNAL, columns=columns, headings="words", ids=(customers.groessmann,))
    assert content.decode("utf-8-sig").splitlines() == [
        "Name;Branche;Beschäftigte",
        "Größmann Küchen GmbH;Handwerk;12",
    ], "what rests on a consent is for its purpose only; the organisation's own is no personal data"
    await said("withdrawn", person=customers.anna, purpose="advice", channel="processing")
    records = await records_of([customers.groessmann], [row.id for row in await fetch("SELECT id FROM attribute")])
    assert not records[0].persons[0].attributes, "a withdrawal blocks them at once"


async def test_a_number_goes_along_as_it_is_stored(cast: Cast, customers: Customers) -> None:
    await define_attribute(SHARE, by=None, now=NOW)
    columns = ("name", "revenue", "attribute:share")
    for stored, shown in (("0.1234", "0,1234"), ("3.5", "3,5"), ("1250", "1250")):
        await write_attribute(Wish(customers.groessmann, "share", stored), source="form", by=None, now=NOW)
        _run, content = await made(cast, columns=columns, headings="words", ids=(customers.groessmann,))
        line = content.decode("utf-8-sig").splitlines()[1]
        assert line == f"Größmann Küchen GmbH;0,00;{shown}", "amounts keep their two places"


async def test_an_attribute_for_something_else_is_refused_with_its_purpose(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await kept(cast, customers)
    await browser.log_in(cast.eva)
    body = {"purpose": "internal", "columns": "attribute:decides_by"}
    refused = await browser.post("/exports", body)
    assert refused.status_code == 422
    one = (
        "Dieses Merkmal darf für diesen Zweck nicht mitgegeben werden (DSGVO Art. 5): „Entscheidet nach“ (geführt "
        "für „Persönliche Beratung“)."
    )
    assert one in refused.text
    assert one in (await browser.post("/exports/preview", body, htmx=True)).text
    known = await definitions(["decides_by", "wheelchair"])
    assert not_for_this([known["decides_by"], known["wheelchair"]]) == (
        "Diese Merkmale dürfen für diesen Zweck nicht mitgegeben werden (DSGVO Art. 5): „Entscheidet nach“ (geführt für "
        "„Persönliche Beratung“), „Rollstuhlgerecht“ (geführt für „Persönliche Beratung“)."
    )
    allowed = await browser.post("/exports", body | {"purpose": "advice:processing"})
    assert "Entscheidet nach" in (await browser.get(allowed.headers["location"])).text
    await browser.log_in(cast.karin)
    hidden = await browser.api(
        "POST", "/exports", {"purpose": "advice:processing", "columns": ["attribute:wheelchair"]}
    )
    assert set(hidden.json()["errors"]) == {"columns"}, "not for her role: as if there were none"
    assert "attribute:wheelchair" not in (await browser.get("/exports/new")).text


async def test_windows_1252_has_the_nearest_letters(cast: Cast, customers: Customers) -> None:
    _run, content = await made(cast, encoding="windows-1252", columns=("name", "person_family_name"), headings="words")
    assert content.decode("cp1252").splitlines() == [
        "Name;Nachname", "Größmann Küchen GmbH;Größmann", "Dr. Emre Yildiz;Yildiz",
    ]  # fmt: skip


async def test_a_workbook_is_read_by_others_whatever_the_texts(cast: Cast, customers: Customers) -> None:
    brief = "A & B <b>\r\nzwei\tdrei \x07 😀 _x0041_ " + "ü" * 40_000
    await execute("UPDATE customer SET brief = $2 WHERE id = $1", customers.groessmann, brief)
    await execute("UPDATE person SET birthday = '1890-05-01' WHERE id = $1", customers.anna)
    columns = ("name", "brief", "checked_on", "person_birthday", "orders")
    _run, content = await made(cast, format="xlsx", columns=columns, ids=(customers.groessmann,))
    row = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)[1]
    assert row[0] == "Größmann Küchen GmbH"
    assert row[1].startswith("A & B <b>\r\nzwei\tdrei  😀 ")
    assert row[2:] == (None, 0, "1890-05-01")
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(content)).sheet_names
    assert sheet == "Kunden"


async def test_work_within_the_company_has_no_recipient_outside(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.eva)
    body = {"purpose": "internal", "recipient_kind": "external", "recipient": "X GmbH"}
    assert (await browser.post("/exports", body)).status_code == 422
    for wrong in (
        {"purpose": "x"},
        {"format": "exe"},
        {"columns": "x"},
        {"ids": "1,x"},
        {"ids": "9" * 40},
        {"query": "q=gibtesnicht"},
    ):
        answer = await browser.post("/exports", {"purpose": "internal"} | wrong)
        assert answer.status_code == 422, wrong
    assert await fetch_value("SELECT count(*) FROM export_run") == 0


async def test_ticked_customers_are_what_is_meant(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.karin)
    bar = (await browser.get("/customers?show=all")).text
    assert 'formaction="/exports/new"' in bar
    assert "/customers/bulk-changes/new?" not in bar, "she exports, and changes nothing"
    form = await browser.get(f"/exports/new?ids={customers.emre}&ids={customers.groessmann}")
    assert "2 Kunden: 2 angekreuzte Kunden." in form.text
    await browser.log_in(cast.petra)
    assert 'formaction="/exports/new"' not in (await browser.get("/customers?show=all")).text
    await browser.log_in(cast.eva)
    where = (
        await browser.post("/exports", {"purpose": "internal", "ids": f"{customers.emre}", "query": "q=groessmann"})
    ).headers["location"]
    shown = await browser.get(where)
    assert "ein angekreuzter Kunde" in shown.text
    assert "Yıldız" in (await browser.get(f"{where}/file")).content.decode("utf-8-sig")


async def test_the_api_exports_too(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.eva)
    body = {"purpose": "internal", "query": "q=groessmann", "columns": ["name", "person_email"], "separator": "comma"}
    answers = [await browser.api("POST", "/exports", body, **{"idempotency-key": "k"}) for _n in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].text == answers[1].text
    number = answers[0].json()["id"]
    state = (await browser.api("GET", f"/exports/{number}")).json()
    assert (state["status"], state["customers"], state["persons"], state["left_out"]) == ("ready", 1, 1, {})
    file = await browser.api("GET", f"/exports/{number}/file")
    assert file.content.decode("utf-8-sig") == "name,person_email\r\nGrößmann Küchen GmbH,anna@groessmann.example\r\n"
    wrong = await browser.api("POST", "/exports", {"purpose": "x", "columns": ["y"]})
    assert set(wrong.json()["errors"]) == {"purpose", "columns"}
    await browser.log_in(cast.ines)
    assert (await browser.api("GET", f"/exports/{number}")).status_code == 200
    assert (await browser.api("GET", f"/exports/{number}/file")).status_code == 404
    await browser.log_in(cast.petra)
    assert (await browser.api("POST", "/exports", body)).status_code == 403
    assert (await browser.api("GET", f"/exports/{number}")).status_code == 404


async def test_sales_takes_a_single_vcard_and_it_is_on_record(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    page = (await browser.get(f"/customers/{customers.groessmann}")).text
    assert f'href="/persons/{customers.anna}/vcard"' in page
    card = await browser.get(f"/persons/{customers.anna}/vcard")
    assert card.headers["content-type"].startswith("text/vcard")
    assert card.text.startswith("BEGIN:VCARD\r\nVERSION:3.0\r\n")
    assert "ORG:Größmann Küchen GmbH" in card.text
    assert "VERSION:4.0" in (await browser.get(f"/customers/{customers.emre}/vcard?version=4.0")).text
    assert "KIND:org" in (await browser.get(f"/customers/{customers.groessmann}/vcard?version=4.0")).text
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'vcard.taken'") == 3
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", customers.anna)
    for user in (cast.petra, cast.sven):
        await browser.log_in(user)
        assert (await browser.get(f"/persons/{customers.anna}/vcard")).status_code == 404, (
            "never, for the officer neither"
        )


async def test_a_large_export_is_the_workers_and_its_file_goes_after_seven_days(
    cast: Cast, customers: Customers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    monkeypatch.setattr(exports, "BATCH", 1)
    run_id = await request_export(wish(), total=2, described="alle Kunden", by=cast.eva.id, now=NOW)
    assert not await produce_export(run_id, now=NOW, at_most=1), "it is not made while the person waits"
    assert await produce_export(run_id, now=NOW)
    assert not await produce_export(run_id, now=NOW), "and not twice"
    assert await fetch_value("SELECT count(*) FROM export_subjects") == 2
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'export_ready'") == 1
    await record_fetch(run_id, by=cast.eva.id, now=NOW + timedelta(days=6))
    with pytest.raises(NotFound):
        await record_fetch(run_id, by=cast.eva.id, now=NOW + timedelta(days=8))
    assert await forget_old_exports(now=NOW + timedelta(days=6)) == 0
    assert await forget_old_exports(now=NOW + timedelta(days=8)) == 1
    run = (await fetch("SELECT file_hash, sha256 FROM export_run"))[0]
    assert (run.file_hash, len(run.sha256)) == ("", 64)


async def test_a_file_from_before_a_restriction_is_not_handed_out(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.eva)
    where = (await browser.post("/exports", {"purpose": "internal"})).headers["location"]
    assert (await browser.get(f"{where}/file")).status_code == 200
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", customers.anna)
    answer = await browser.get(f"{where}/file")
    assert answer.status_code == 422
    assert "Fordern Sie den Export noch einmal an" in answer.text
    assert "Anna" not in answer.text


async def test_a_lost_worker_is_made_up_for_and_given_up_after_three_times(cast: Cast, customers: Customers) -> None:
    run_id = await request_export(wish(), total=9999, described="", by=cast.eva.id, now=NOW)
    state = "SELECT status FROM export_run WHERE id = $1"
    for attempt in range(1, 4):
        at = NOW + timedelta(hours=attempt)
        await execute(
            "UPDATE export_run SET status = 'running', claimed_at = $2, attempts = $3 WHERE id = $1",
            run_id,
            at,
            attempt,
        )
        await sweep_exports(now=at + timedelta(minutes=40))
    assert await fetch_value(state, run_id) == "failed"


async def test_what_goes_wrong_leaves_no_file_and_says_so(
    browser: Browser, cast: Cast, customers: Customers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_arguments: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(exports, "allowed_of", broken)
    run_id = await request_export(wish(), total=2, described="", by=cast.eva.id, now=datetime.now(UTC))
    assert not await produce_export(run_id, now=datetime.now(UTC))
    await browser.log_in(cast.eva)
    assert "konnte nicht erstellt werden" in (await browser.get(f"/exports/{run_id}")).text
    assert (await browser.get(f"/exports/{run_id}/file")).status_code == 404


def test_standard_columns_exist_and_programs_get_names_that_the_import_knows() -> None:
    assert set(STANDARD) <= set(COLUMNS)
    assert {"kind", "name", "external_id", "person_given_name", "person_email", "phone", "tags", "iban"} <= set(
        FOR_IMPORT
    )
