"""A legal person's data are told apart from personal data."""

from __future__ import annotations

import pytest

from crm.customers.personal_data import RecordFacts, is_named_mailbox, personal_parts


def personal(record: RecordFacts) -> set[tuple[str, str]]:
    return {(part.field, part.value) for part in personal_parts(record) if part.is_personal}


COMPANY = RecordFacts(
    "organisation", "Größmann Küchen GmbH",
    persons=("Anna Größmann",),
    emails=(("info@groessmann.example", ""), ("anna.groessmann@groessmann.example", "")),
    phones=(("+49911551230", "work"), ("+491712204511", "mobile")),
    addresses=(("Lange Gasse 12, 90403 Nürnberg", ""), ("Am Bach 3, 90402 Nürnberg", "private")),
    brief="Drei Filialen, kauft im Herbst.", filled=("vat_id", "iban"),
)  # fmt: skip


def test_of_a_company_only_what_tells_of_people_is_personal() -> None:
    assert personal(COMPANY) == {
        ("persons", "Anna Größmann"), ("emails", "anna.groessmann@groessmann.example"), ("phones", "+491712204511"),
        ("addresses", "Am Bach 3, 90402 Nürnberg"),
    }  # fmt: skip


def test_a_company_without_people_has_no_personal_data() -> None:
    record = RecordFacts("organisation", "Kern AG", emails=(("info@kern.example", ""),), phones=(("+49911551230", ""),))
    assert personal(record) == set()
    assert {part.why for part in personal_parts(record)} == {"company_data"}


def test_a_brief_that_names_somebody_is_personal() -> None:
    record = RecordFacts(
        "organisation", "Kern AG", persons=("Dr. Anna Größmann",), brief="Frau Groessmann entscheidet."
    )
    assert ("brief", "") in personal(record)


@pytest.mark.parametrize(
    "name", ["Malermeister Kern e.K.", "Kern & Weiß GbR", "Blumen Kern, Inh. Eva Kern", "Kern e. Kfr."]
)
def test_a_firm_that_is_its_owner_is_personal_as_a_whole(name: str) -> None:
    record = RecordFacts("organisation", name, emails=(("info@kern.example", ""),), filled=("iban",))
    assert all(part.is_personal and part.why == "owner_is_firm" for part in personal_parts(record))


@pytest.mark.parametrize(
    "name", ["Kern GmbH", "Gbrandt AG", "Ekkehard Küchen GmbH & Co. KG", "Verein der Inhaltsreichen e.V."]
)
def test_a_legal_person_is_not_its_owner(name: str) -> None:
    assert personal(RecordFacts("organisation", name)) == set()


def test_all_of_a_private_person_is_personal() -> None:
    record = RecordFacts("person", "Emre Yıldız", emails=(("info@yildiz.example", ""),), filled=("iban", "vat_id"))
    assert all(part.is_personal for part in personal_parts(record))


@pytest.mark.parametrize(
    ("email", "kind", "named"),
    [
        ("info@x.example", "", False), ("Rechnungen@x.example", "", False), ("service-2@x.example", "", False),
        ("büro@x.example", "", False), ("anna@x.example", "", True), ("a.groessmann@x.example", "work", True),
        ("info@x.example", "private", True), ("informatiker@x.example", "", True),
    ],
)  # fmt: skip
def test_mailboxes_of_a_function_tell_of_nobody(email: str, kind: str, named: bool) -> None:
    assert is_named_mailbox(email, kind) is named
