"""Placeholders are filled, gaps are seen, mistakes are named."""

import pytest

from crm.interactions.mails.placeholders import PLACEHOLDERS, fill, left_in, left_sentence, mistakes
from crm.interactions.mails.starting import PRESETS
from crm.interactions.mails.writing import digest, refilled

VALUES = {"salutation": "Sehr geehrte Frau Größmann,", "my_phone": "", "customer": "Kern {Name}"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{Anrede}", "Sehr geehrte Frau Größmann,"),
        ("{salutation}", "Sehr geehrte Frau Größmann,"),
        ("{ANREDE} {Unbekannt}", "Sehr geehrte Frau Größmann, {Unbekannt}"),
        ("{Kunde}", "Kern {Name}"),  # what a customer is called is no placeholder
        ("{meine Telefonnummer} {my-phone}", "{meine Telefonnummer} {my-phone}"),
        ("kein { Ende", "kein { Ende"),
        ("{}", "{}"),
    ],
)
def test_what_is_known_is_filled_and_all_else_stays(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


def test_what_is_left_is_said_with_what_to_do() -> None:
    left = left_in("{?Tag und Uhrzeit}: {meine Telefonnummer}, {?Tag und Uhrzeit} {irgendwas}")
    assert [each.written for each in left] == ["{?Tag und Uhrzeit}", "{meine Telefonnummer}"]
    assert left_sentence(left[0]) == "Füllen Sie die Lücke {?Tag und Uhrzeit} aus."
    assert "Signatur" in left_sentence(left[1])


@pytest.mark.parametrize("text", ["{Anreede}", "{name", "Name}", "{?}", "{? }", "{{name}}"])
def test_a_template_with_a_mistake_is_refused_with_a_sentence(text: str) -> None:
    assert mistakes(text, "de")


def test_an_unknown_placeholder_is_told_the_known_ones() -> None:
    [sentence] = mistakes("{Anreede}", "de")
    assert "{Anreede}" in sentence
    assert "{Anrede}" in sentence
    assert "{meine Telefonnummer}" in sentence
    [sentence] = mistakes("{Anreede}", "en")
    assert "{my_phone}" in sentence


def test_the_presets_have_no_mistake() -> None:
    for _purpose, _name_de, subject_de, body_de, _name_en, subject_en, body_en in PRESETS:
        for text, lang in ((subject_de, "de"), (body_de, "de"), (subject_en, "en"), (body_en, "en")):
            assert mistakes(text, lang) == []
        assert body_de.startswith("{Anrede}\n\n")
        assert body_en.startswith("{salutation}\n\n")


def test_no_name_stands_for_two_things() -> None:
    names = [name for each in PLACEHOLDERS for name in {each.code.casefold(), each.german.casefold()}]
    assert len(names) == len(set(names))


def test_braces_without_end_take_no_time() -> None:
    assert mistakes("{" * 200_000, "de")
    assert fill("{a" * 100_000, VALUES) == "{a" * 100_000


def test_what_somebody_wrote_is_never_replaced() -> None:
    template = "{Anrede}\n\nVorlage"
    assert refilled("", "", template, VALUES) == ("Sehr geehrte Frau Größmann,\n\nVorlage", True)
    assert refilled("Alt\r\n", digest("Alt"), template, VALUES)[1]
    assert refilled("Eigenes", digest("Alt"), template, VALUES) == ("Eigenes", False)


def test_the_greeting_follows_the_recipient() -> None:
    greetings = {"Guten Tag,", "Guten Tag, Emre"}
    assert refilled("Guten Tag, Emre\n\nja", "x", "", VALUES, greetings) == (
        "Sehr geehrte Frau Größmann,\n\nja",
        False,
    )
