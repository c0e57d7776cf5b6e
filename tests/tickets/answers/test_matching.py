"""Which answer fits what customers write: judged by messages that were not used to tune it. A wrong answer is worse than none."""

from __future__ import annotations

import pytest

from crm.demo.texts.approved import ANSWERS
from crm.tickets.answers.matching import Matcher, Variant
from crm.tickets.answers.reading import question_of
from crm.tickets.answers.refusing import REFUSALS, Circumstances
from crm.tickets.answers.tables import LevelZero
from tests.tickets.answers.labelled import LABELLED
from tests.tickets.answers.tuned_on import TUNED_ON


def matcher(language: str) -> Matcher:
    questions = (
        (number, [one[f"title_{language}"], *one[f"questions_{language}"].split("\n")])
        for number, one in enumerate(answer._asdict() for answer in ANSWERS)
    )
    return Matcher((Variant(number, text) for number, texts in questions for text in texts), language)


MATCHERS = {language: matcher(language) for language in ("de", "en")}


def given(language: str, text: str, threshold: int = LevelZero().threshold) -> str:
    chosen = MATCHERS[language].verdict(text).chosen(threshold)
    return ANSWERS[chosen.answer_id].title_de if chosen else ""


def test_no_message_gets_a_wrong_answer_at_the_default_threshold() -> None:
    wrong = [text for language, text, title in LABELLED if given(language, text) not in ("", title)]
    assert wrong == []


def test_four_of_five_that_can_be_answered_are_answered() -> None:
    answerable = [(language, text) for language, text, title in LABELLED if title]
    answered = [text for language, text in answerable if given(language, text)]
    assert len(answered) / len(answerable) > 0.8


def test_the_set_is_large_has_both_kinds_and_both_languages_and_is_not_what_was_tuned_on() -> None:
    texts = {text for _language, text, _title in LABELLED}
    assert len(texts) == len(LABELLED) > 80
    assert not texts & {text for _language, text, _title in TUNED_ON}
    for language in ("de", "en"):
        of_it = [bool(title) for code, _text, title in LABELLED if code == language]
        assert min(of_it.count(True), of_it.count(False)) >= 10
    assert {title for _language, _text, title in LABELLED if title} == {answer.title_de for answer in ANSWERS}


def test_a_higher_threshold_answers_less_and_a_hundred_only_what_is_asked_word_for_word() -> None:
    counts = [sum(bool(given(code, text, level)) for code, text, _title in LABELLED) for level in (60, 75, 90, 101)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0
    assert given("de", "Nehmen Sie die alte Küche mit?", 100) == "Nehmen Sie die alte Küche mit?"


def test_the_reasons_are_the_words_that_matched() -> None:
    best = MATCHERS["de"].verdict("Entsorgen Sie auch die alte Küche?").candidates[0]
    assert ANSWERS[best.answer_id].title_de == "Nehmen Sie die alte Küche mit?"
    assert set(best.words) == {"Entsorgen", "alte", "Küche"}
    assert best.variant == "Entsorgen Sie die alte Küche?"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("Wie sind Ihre Öffnungszeiten? Und wo kann ich parken?", "several"),
        ("Wie sind Ihre Öffnungszeiten?\n\nMit freundlichen Grüßen\nA. Kern\n\nPS: Die Griffe sind noch offen.", "several"),
        ("- Wie sind Ihre Öffnungszeiten\n- Wie lange ist die Lieferzeit", "several"),
        ("Nehmen Sie die alte Küche mit? Unsere Nummer ist A-20331.", "number"),
        ("Die Lieferzeit ist zu lang, ich bin enttäuscht.", "trouble"),
        ("Kann ich die Küche bezahlen oder vom Vertrag zurücktreten?", "rights"),
        ("Wie kann ich bezahlen? Rufen Sie mich bitte an.", "person"),
        ("Wann kommt meine Lieferung?", "own"),
        ("", "empty"),
        (" ".join(f"Schrank{n:c}{n:c} Tür{n:c}{n:c}" for n in range(97, 117)), "long"),
    ],
)  # fmt: skip
def test_a_person_answers(text: str, refusal: str) -> None:
    verdict = MATCHERS["de"].verdict(text)
    assert refusal in verdict.refusals
    assert verdict.chosen(1) is None
    assert refusal in REFUSALS


@pytest.mark.parametrize(
    ("around", "refusal"),
    [
        (Circumstances(has_files=True), "files"), (Circumstances(is_moment_of_truth=True), "moment"),
        (Circumstances(is_plain_question=False), "kind"), (Circumstances(names_order=True), "order"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_enquiry_counts_too(around: Circumstances, refusal: str) -> None:
    verdict = MATCHERS["de"].verdict("Nehmen Sie die alte Küche mit?", "", around)
    assert verdict.refusals == (refusal,)
    assert verdict.candidates[0].score == 100


def test_without_a_clear_winner_nobody_is_answered() -> None:
    twice = Matcher([Variant(1, "Wie lange ist die Garantie?"), Variant(2, "Wie lange ist Ihre Garantie?")], "de")
    assert "unclear" in twice.verdict("Wie lange ist die Garantie?").refusals


def test_greeting_thanks_and_signature_are_no_question() -> None:
    text = "Sehr geehrter Herr Öztürk,\n\nnehmen Sie die alte Küche mit?\n\nVielen Dank!\n"
    text += "Mit freundlichen Grüßen\nDr. A. Kern\nTel. 0911 5512300"
    question = question_of(text, "de")
    assert list(question.words.values()) == ["alte", "Küche"]
    assert "0911" in question.rest


def test_a_subject_helps_where_the_text_says_nothing() -> None:
    assert given("de", "Hallo?") == ""
    verdict = MATCHERS["de"].verdict("Bitte um Info", "Öffnungszeiten Ausstellung")
    assert ANSWERS[verdict.candidates[0].answer_id].title_de == "Wann haben Sie geöffnet?"


def test_without_answers_nothing_fits() -> None:
    assert Matcher([], "de").verdict("Wie lange ist die Garantie?").candidates == ()


def test_a_text_of_ten_megabytes_is_read_in_no_time() -> None:
    assert "long" in MATCHERS["de"].verdict("Wie lange dauert das? " * 450_000).refusals
