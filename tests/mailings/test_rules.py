"""Who of a customer gets a mailing: one mail for each person and each address, each on a basis of its own."""

from __future__ import annotations

from datetime import timedelta

from crm.mailings.rules import Candidate, Chosen, are_too_many, of_customers, pace, portion, text_language

YES = {"basis": "consent"}
BY_INTEREST = {"basis": "legitimate_interest"}
NO = {"code": "consent_none"}


def anna(address: str = "anna@x.example", **more: object) -> Candidate:
    return Candidate(1, 11, "Anna", address, **more)  # type: ignore[arg-type]


def info(address: str = "info@x.example", **more: object) -> Candidate:
    return Candidate(1, None, "Küchen Kern", address, **more)  # type: ignore[arg-type]


def reasons(*candidates: Candidate, chosen: Chosen | None = None) -> list[tuple[str, str]]:
    chosen = chosen or Chosen()
    return [(each.candidate.address, each.reason) for each in chosen.of_customer(candidates)]


def test_a_person_gets_it_at_the_first_address_that_is_allowed_and_works() -> None:
    assert reasons(anna("a@x.example", **NO), anna("b@x.example", has_returned=True, **YES), anna("c@x.example", **YES)) == [
        ("c@x.example", "")
    ]  # fmt: skip


def test_without_any_the_reason_of_the_first_address_is_told() -> None:
    assert reasons(anna("a@x.example", code="consent_withdrawn"), anna("b@x.example", **NO)) == [
        ("a@x.example", "consent_withdrawn")
    ]
    assert reasons(anna(has_returned=True, **YES)) == [("anna@x.example", "returned")]
    assert reasons(anna("")) == [("", "no_address")]


def test_the_companys_address_gets_it_on_its_own_consent_beside_the_persons() -> None:
    assert reasons(anna(**YES), info(**YES)) == [("anna@x.example", ""), ("info@x.example", "")]
    assert reasons(anna(**YES), info(**NO)) == [("anna@x.example", ""), ("info@x.example", "consent_none")]


def test_where_no_consent_is_needed_it_gets_it_only_if_nobody_there_does() -> None:
    assert reasons(anna(**BY_INTEREST), info(**BY_INTEREST)) == [
        ("anna@x.example", ""),
        ("info@x.example", "person_instead"),
    ]
    assert reasons(anna(code="consent_objected"), info(**BY_INTEREST)) == [
        ("anna@x.example", "consent_objected"), ("info@x.example", ""),
    ]  # fmt: skip


def test_an_address_gets_it_once_whoever_has_it_and_however_it_is_written() -> None:
    emre = Candidate(1, 12, "Emre", "ANNA@x.example", **YES)
    assert reasons(anna(**YES), emre) == [("anna@x.example", ""), ("ANNA@x.example", "double")]


def test_a_person_at_two_customers_gets_it_once() -> None:
    chosen = Chosen()
    assert reasons(anna(**YES), chosen=chosen) == [("anna@x.example", "")]
    assert reasons(anna(**YES), chosen=chosen) == []


def test_of_restricted_people_nothing_is_told_but_that_there_is_one() -> None:
    assert reasons(Candidate(1, None, "", is_hidden=True), anna(**YES)) == [("anna@x.example", ""), ("", "restricted")]


def test_a_customer_without_anybody_has_no_address() -> None:
    assert reasons(Candidate(1, None, "Küchen Kern")) == [("", "no_address")]


def test_candidates_are_told_customer_by_customer() -> None:
    other = Candidate(2, 12, "Emre", "emre@x.example")
    assert [len(each) for each in of_customers([anna(), info(), other])] == [2, 1]


def test_each_reader_gets_their_language_or_the_only_one_there_is() -> None:
    both = {"subject_de": "Neues", "body_de": "Text", "subject_en": "News", "body_en": "Text"}
    assert [text_language(own, both) for own in ("de", "en", "fr")] == ["de", "en", "de"]
    assert text_language("de", {"subject_en": "News", "body_en": "Text"}) == "en"
    assert text_language("en", {"subject_de": "Neues", "body_de": "Text", "subject_en": "News"}) == "de"
    assert text_language("de", {"subject_de": "Neues", "body_de": " "}) == ""


def test_the_pace_is_kept() -> None:
    for per_minute in (1, 6, 60, 600):
        handed = portion(per_minute)
        assert timedelta(minutes=1) / pace(handed, per_minute) * handed == per_minute
    assert (portion(1), portion(60), portion(600)) == (1, 10, 100)


def test_a_few_more_than_confirmed_are_no_surprise() -> None:
    assert not are_too_many(105, 100)
    assert not are_too_many(110, 100)
    assert are_too_many(111, 100)
    assert not are_too_many(6, 1)
    assert are_too_many(7, 1)
