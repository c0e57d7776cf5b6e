"""What other programs call their columns, and what their cells mean."""

from __future__ import annotations

import pytest

from crm.records import values
from crm.records.headers import recognise
from crm.records.shaping import shape
from crm.records.targets import TARGETS, ImportKind

EXPORTS = {
    "google": "First Name,Middle Name,Last Name,Phonetic First Name,Name Prefix,File As,Organization Name,Organization Title,Birthday,Notes,Labels,"  # noqa: E501
    "E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,Address 1 - Street,Address 1 - City,Address 1 - Postal Code",  # noqa: E501
    "outlook": "Title,First Name,Middle Name,Last Name,Company,Department,Job Title,Business Street,Business City,Business Postal Code,"
    "Business Country/Region,Home Street,Business Fax,Business Phone,Home Phone,Mobile Phone,E-mail Address,E-mail 2 Address,Birthday,Categories,Notes",  # noqa: E501
    "outlook de": "Anrede,Vorname,Weitere Vornamen,Nachname,Firma,Abteilung,Position,Straße geschäftlich,Ort geschäftlich,Postleitzahl geschäftlich,"  # noqa: E501
    "Land/Region geschäftlich,Straße privat,Fax geschäftlich,Telefon geschäftlich,Telefon privat,Mobiltelefon,E-Mail-Adresse,E-Mail 2: Adresse,Geburtstag",  # noqa: E501
    "hubspot": "Record ID,First Name,Last Name,Email,Phone Number,Contact owner,Primary Associated Company,Lead Status,Marketing contact status,Create Date",  # noqa: E501
    "hubspot de": "Datensatz-ID,Vorname,Nachname,E-Mail,Telefonnummer,Kontakt-Zuständiger,Zugeordnetes Unternehmen,Erstellungsdatum,Lead-Status",  # noqa: E501
    "salesforce": "Salutation,First Name,Last Name,Title,Account Name,Mailing Street,Mailing City,Mailing Zip/Postal Code,Mailing Country,Phone,Mobile,Email,"  # noqa: E501
    "Account Owner,Contact ID",
    "salesforce de": "Anrede,Vorname,Nachname,Titel,Accountname,Postanschrift: Straße,Postanschrift: Ort,Postanschrift: PLZ,Telefon,Mobil,E-Mail,Accountinhaber,"  # noqa: E501
    "Kontakt-ID",
    "pipedrive": "Person - Name,Person - Email - Work,Person - Phone - Work,Person - Phone - Mobile,Person - Organization,Person - Owner,Person - ID",  # noqa: E501
    "pipedrive de": "Person - Name,Person - E-Mail - Arbeit,Person - Telefon - Arbeit,Person - Telefon - Mobil,Person - Organisation,Person - Besitzer,Person - ID",  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_the_export_of_every_program_is_recognised(name: str) -> None:
    found = recognise(EXPORTS[name].split(","))
    assert found.tool == name.split()[0]
    fields = set(found.fields)
    assert "name" in fields
    assert {"person_given_name", "person_family_name"} <= fields or "person_full_name" in fields
    assert "person_email" in fields
    assert "person_phone" in fields


def test_titles_mean_what_each_program_means() -> None:
    outlook, salesforce = (recognise(EXPORTS[name].split(",")).fields for name in ("outlook", "salesforce"))
    assert outlook[0] == "person_title"
    assert salesforce[3] == "person_function"
    assert recognise(EXPORTS["hubspot"].split(",")).fields[0] == "person_external_id"
    assert recognise(EXPORTS["outlook"].split(",")).is_american
    assert not recognise(EXPORTS["outlook de"].split(",")).is_american


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Kundennummer;Firma;Ansprechpartner;Straße;PLZ;Ort;Telefon;E-Mail;USt-IdNr.;IBAN",
         "external_id;name;person_full_name;street;postcode;city;person_phone;person_email;vat_id;iban"),
        ("Anrede;Vorname;Name;Straße;PLZ;Ort;Handy",
        "person_form_of_address;person_given_name;person_family_name;street;postcode;city;person_mobile"),
        ("Name;Straße;PLZ;Ort;Tel.;Mail", "name;street;postcode;city;phone;email"),
        ("Firma;Name;E-Mail", "name;person_full_name;person_email"),
        ("Firma;Telefon;Telefon;Quatsch", "name;phone;phone_2;"),
        ("kind;name;given_name;email;phone;person_email;external_id", "kind;name;given_name;email;phone;person_email;external_id"),
        ("STRASSE;plz;Ort ;FIRMA", "street;postcode;city;name"),
    ],
)  # fmt: skip
def test_german_lists_and_our_own_names_are_recognised(header: str, fields: str) -> None:
    assert list(recognise(header.split(";")).fields) == fields.split(";")


def test_a_header_that_is_there_twice_is_named() -> None:
    found = recognise(["Ort", "Name", "Ort"])
    assert found.twice == ("Ort",)
    assert found.fields == ("city", "name", "")


def test_every_field_of_the_catalogue_exists() -> None:
    from crm.records.header_names import GENERAL, OTHERS, TOOLS

    customers = set(TARGETS[ImportKind.CUSTOMERS]) | {""}
    for names in (GENERAL, *(catalogue for _name, catalogue in TOOLS.values())):
        assert set(names) <= customers
    for kind, names in OTHERS.items():
        assert set(names) <= set(TARGETS[ImportKind(kind)])


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Dr. Anna von Berg", ("Dr.", "Anna", "von Berg")), ("Müller, Anna", ("", "Anna", "Müller")),
        ("Prof. Dr. med. Max Alt", ("Prof. Dr. med.", "Max", "Alt")), ("Frau Dr. Eva Kern", ("Dr.", "Eva", "Kern")),
        ("Müller", ("", "", "Müller")), ("Anna Maria Huber", ("", "Anna Maria", "Huber")),
    ],
)  # fmt: skip
def test_whole_names_are_taken_apart(name: str, parts: tuple[str, str, str]) -> None:
    assert values.split_name(name) == parts


def test_cells_mean_what_people_mean() -> None:
    assert values.form_of_address("Frau Dr.") == ("ms", "Dr.", False)
    assert values.form_of_address("Firma") == ("", "", True)
    assert values.form_of_address("Sultan") == ("Sultan", "", False)
    assert [values.country(text) for text in ("Deutschland", "Austria", "D", "CH", "usa")] == [
        "DE",
        "AT",
        "DE",
        "CH",
        "US",
    ]
    assert values.country("Lummerland") == "Lummerland"
    assert values.day("3/4/1985") == "1985-04-03"
    assert values.day("3/4/1985", is_american=True) == "1985-03-04"
    assert values.day("0.0.00") == ""


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://böse.example")', "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+cmd(1)"]
)
def test_formulas_are_known_and_survive_the_journey_as_text(text: str) -> None:
    assert values.is_formula(text)
    assert not values.is_formula(values.neutral(text))
    assert values.plain(values.neutral(text)) == text


@pytest.mark.parametrize("text", ["+49 911 551230", "-", "Müller", "'s Wirtshaus", "", "-5"])
def test_what_looks_a_little_like_a_formula_is_none(text: str) -> None:
    assert not values.is_formula(text)
    assert values.plain(values.neutral(text)) == text


def test_a_row_with_a_company_is_an_organisation_with_its_person() -> None:
    shaped = shape({
        "name": "Größmann GmbH", "person_given_name": "Anna", "person_form_of_address": "Frau Dr.", "person_email": "anna@g.example",
        "person_mobile": "0171 1", "email": "info@g.example", "street": "Gasse", "house_number": "12", "postcode": "1067",
        "country": "Deutschland",
    })  # fmt: skip
    said = {name: value for name, value in shaped.fields.items() if value}
    assert said == {
        "kind": "organisation", "name": "Größmann GmbH", "person_given_name": "Anna", "person_form_of_address": "ms", "person_title": "Dr.",
        "person_email": "anna@g.example", "person_phones": [{"value": "0171 1", "kind": "mobile"}], "email": "info@g.example",
        "country": "DE",
        "street": "Gasse 12", "postcode": "01067",
    }  # fmt: skip


def test_a_row_without_a_company_is_a_private_person_and_one_without_a_person_a_company() -> None:
    emre = shape(
        {"person_full_name": "Emre Yıldız", "person_email": "e@y.example; f@y.example", "person_external_id": "7"}
    ).fields
    assert (emre["kind"], emre["given_name"], emre["family_name"], emre["external_id"]) == (
        "person",
        "Emre",
        "Yıldız",
        "7",
    )
    assert emre["emails"] == [{"value": "e@y.example"}, {"value": "f@y.example"}]
    firm = shape({"name": "Nord", "person_email": "info@nord.example", "person_phone": "040 1"}).fields
    assert (firm["email"], firm["phone"]) == ("info@nord.example", "040 1")
    assert shape({"person_form_of_address": "Firma", "person_family_name": "Nord"}).fields["name"] == "Nord"


def test_the_first_address_leads_and_further_ones_keep_their_kind() -> None:
    fields = shape({"name": "N", "city": "Ulm", "delivery_city": "Bonn", "delivery_street": "Hof 1"}).fields
    assert [(one["city"], one["kind"]) for one in fields["addresses"]] == [("Ulm", ""), ("Bonn", "delivery")]
