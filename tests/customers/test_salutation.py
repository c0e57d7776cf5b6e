"""How letters and e-mails begin: German by DIN 5008 and Duden, English as it is written in Britain."""

from __future__ import annotations

import pytest

from crm.customers.data import PersonData
from crm.customers.salutation import salutation, salutation_of_all
from crm.customers.tables import FormOfAddress

MS, MR, NEUTRAL = FormOfAddress.MS, FormOfAddress.MR, FormOfAddress.NEUTRAL


def person(form: str, title: str = "", given: str = "Anna", family: str = "Größmann", own: str = "") -> PersonData:
    return PersonData(given, family, title, form, salutation=own)


ANNA = person(MS, "Dr.")
JONAS = person(MR, given="Jonas", family="Weiß")
KIM = person(NEUTRAL, given="Kim", family="Adler")


@pytest.mark.parametrize(
    ("form", "title", "german", "english"),
    [
        (MS, "", "Sehr geehrte Frau Größmann,", "Dear Ms Größmann,"),
        (MR, "", "Sehr geehrter Herr Größmann,", "Dear Mr Größmann,"),
        (NEUTRAL, "", "Guten Tag Anna Größmann,", "Dear Anna Größmann,"),
        (MS, "Dr.", "Sehr geehrte Frau Dr. Größmann,", "Dear Dr Größmann,"),
        (MR, "Dr. med.", "Sehr geehrter Herr Dr. Größmann,", "Dear Dr Größmann,"),
        (MR, "Dr.-Ing.", "Sehr geehrter Herr Dr. Größmann,", "Dear Dr Größmann,"),
        (MR, "Dr. Dr. h.c.", "Sehr geehrter Herr Dr. Größmann,", "Dear Dr Größmann,"),
        (MS, "PD Dr.", "Sehr geehrte Frau Dr. Größmann,", "Dear Dr Größmann,"),
        (MS, "Prof. Dr.", "Sehr geehrte Frau Professorin Größmann,", "Dear Professor Größmann,"),
        (MR, "Univ.-Prof. Dr. Dr.", "Sehr geehrter Herr Professor Größmann,", "Dear Professor Größmann,"),
        (NEUTRAL, "Prof. Dr.", "Guten Tag Prof. Anna Größmann,", "Dear Professor Größmann,"),
        (NEUTRAL, "Dr.", "Guten Tag Dr. Anna Größmann,", "Dear Dr Größmann,"),
        (MS, "Mag.", "Sehr geehrte Frau Mag. Größmann,", "Dear Ms Größmann,"),
        (MS, "Mag. Dr.", "Sehr geehrte Frau Dr. Größmann,", "Dear Dr Größmann,"),
        (MR, "Dipl.-Ing.", "Sehr geehrter Herr Größmann,", "Dear Mr Größmann,"),
        (MS, "M.Sc.", "Sehr geehrte Frau Größmann,", "Dear Ms Größmann,"),
    ],
)  # fmt: skip
def test_title_and_form_of_address(form: str, title: str, german: str, english: str) -> None:
    assert salutation(person(form, title), "de") == german
    assert salutation(person(form, title), "en") == english


@pytest.mark.parametrize("form", [MS, MR, NEUTRAL])
def test_neutral_form_says_neither_frau_nor_herr(form: str) -> None:
    assert salutation(person(form, "Dr."), "de", neutral=True) == "Guten Tag Dr. Anna Größmann,"
    assert salutation(person(form), "de", neutral=True) == "Guten Tag Anna Größmann,"
    assert salutation(person(form), "en", neutral=True) == "Dear Anna Größmann,"


def test_double_names_and_names_with_von_stay_whole() -> None:
    assert salutation(person(MS, family="Müller-Lüdenscheidt")) == "Sehr geehrte Frau Müller-Lüdenscheidt,"
    assert salutation(person(MR, "Dr.", family="von der Heide")) == "Sehr geehrter Herr Dr. von der Heide,"


def test_one_name_is_enough() -> None:
    assert salutation(person(MS, given="Anna", family="")) == "Guten Tag Anna,"
    assert salutation(person(MS, given="Anna", family=""), "en") == "Dear Anna,"
    assert salutation(person(MS, given="")) == "Sehr geehrte Frau Größmann,"
    assert salutation(person(NEUTRAL, given="")) == "Guten Tag Größmann,"


def test_nobody_in_particular() -> None:
    assert salutation(None) == "Sehr geehrte Damen und Herren,"
    assert salutation(None, neutral=True) == "Guten Tag,"
    assert salutation(None, "en") == "Dear Sir or Madam,"
    assert salutation(None, "en", neutral=True) == "Hello,"
    assert salutation(person(MS, "Dr.", given="", family="")) == "Sehr geehrte Damen und Herren,"


@pytest.mark.parametrize(
    ("own", "line"),
    [("Liebe Anna", "Liebe Anna,"), ("Liebe Anna,", "Liebe Anna,"), ("Moin Anna!", "Moin Anna!")],
)
def test_a_line_of_ones_own_goes_before_every_rule(own: str, line: str) -> None:
    assert salutation(person(MS, "Dr.", own=own)) == line
    assert salutation(person(MS, "Dr.", own=own), "en", neutral=True) == line


def test_two_people_are_both_greeted() -> None:
    assert salutation_of_all([ANNA, JONAS]) == "Sehr geehrte Frau Dr. Größmann, sehr geehrter Herr Weiß,"
    assert salutation_of_all([JONAS, KIM]) == "Sehr geehrter Herr Weiß, guten Tag Kim Adler,"
    assert salutation_of_all([ANNA, JONAS], "en") == "Dear Dr Größmann and Mr Weiß,"
    own = person(MS, own="Liebe Anna,")
    assert salutation_of_all([own, JONAS]) == "Liebe Anna, sehr geehrter Herr Weiß,"


def test_three_are_named_and_four_are_not() -> None:
    assert salutation_of_all([ANNA, JONAS, KIM], "en") == "Dear Dr Größmann, Mr Weiß and Kim Adler,"
    assert salutation_of_all([ANNA, JONAS, KIM, ANNA]) == "Sehr geehrte Damen und Herren,"
    assert salutation_of_all([]) == "Sehr geehrte Damen und Herren,"
