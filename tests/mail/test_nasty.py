"""Mails as no program should write them, as files in `nasty/` or made here where they are big: what is read of each, and that the
effort of reading grows with the size alone."""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from crm.mail.automatic import Bounce
from crm.mail.headers import LONGEST_HEADER, Address
from crm.mail.parse import MOST_ATTACHMENTS, Message, parse

NASTY = Path(__file__).parent / "nasty"
ERIKA = Address("Erika Muster", "erika@muster.example")
HEAD = b"From: Erika Muster <erika@muster.example>\r\nSubject: Frage\r\nMessage-ID: <big@muster.example>\r\n"
WEG, OUT = "weg@kunde.example", "<out7@nahbar.example>"


def nasty(name: str) -> Message:
    return parse((NASTY / f"{name}.eml").read_bytes())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("wrong_charset", "Grüße aus Köln, das macht 20 €."), ("unknown_charset", "Grüße aus Köln."),
        ("broken_boundary", "Wann kommt meine Ware?"), ("headers_only", ""), ("cut_base64", "Anbei der Plan."),
        ("five_deep", "Siehe unten."), ("duplicate_headers", "Guten Tag"), ("nul_bytes", "Guten Tag, wo ist die Ware?"),
        ("encoded_word_bomb", "x"), ("winmail", "Anbei der Plan."), ("calendar_invite", "Passt Montag um 10 Uhr?"),
        ("qp_soft_breaks", "Die Größe stimmt nicht: die Tür öffnet sich nur halb, und das Scharnier schleift."),
        ("emoji_subject", "😡😡😡"), ("far_future", "Guten Tag"), ("reply_to_us", "Schleife?"), ("mailing_list", "Wer kennt das?"),
        ("html_only", "Guten Tag,\n\nmeine Rechnung fehlt.\n\nhier dort"), ("direction_in_a_name", "Anbei."),
    ],
)  # fmt: skip
def test_what_was_written_is_read(name: str, text: str) -> None:
    mail = nasty(name)
    assert (mail.sender, mail.text, mail.quoted) == (ERIKA, text, "")
    assert not mail.is_bounce


def test_a_mail_without_headers_is_its_text() -> None:
    mail = nasty("no_headers")
    assert (mail.text, mail.subject, mail.sender) == (
        "Wann kommt meine Ware? Ich warte seit zwei Wochen.", "", Address("", ""),
    )  # fmt: skip
    assert (mail.message_id, mail.date, mail.attachments) == ("", None, ())


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("headers_only", "Bitte um Rückruf"), ("duplicate_headers", "Das gilt"), ("nul_bytes", "Frage"),
        ("emoji_subject", "😡 Schon wieder kaputt 👨\u200d🔧"), ("right_to_left", "سؤال عن الطلب"),
        ("auto_abwesenheitsnotiz", "Abwesenheitsnotiz: Rückfrage"), ("encoded_word_bomb", "ä" * 20 * 150),
    ],
)  # fmt: skip
def test_subjects_are_read(name: str, subject: str) -> None:
    assert nasty(name).subject == subject


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("cut_base64", [("plan.pdf", "application/pdf", b"%PDF-1.7 ein Plan mit viele")]),
        ("winmail", [("winmail.dat", "application/ms-tnef", b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00")]),
        ("direction_in_a_name", [("Rechnungfdp.exe", "application/pdf", b"MZ")]),
        ("broken_boundary", []), ("html_only", []), ("headers_only", []),
    ],
)  # fmt: skip
def test_files_are_kept(name: str, files: list[tuple[str, str, bytes]]) -> None:
    assert [(one.name, one.media_type, one.content) for one in nasty(name).attachments] == files


def test_an_invitation_is_a_file_that_a_calendar_reads() -> None:
    (file,) = nasty("calendar_invite").attachments
    assert (file.name, file.media_type) == ("attachment-1.ics", "text/calendar")
    assert file.content.startswith(b"BEGIN:VCALENDAR")


def test_mails_within_mails_are_one_file() -> None:
    (file,) = nasty("five_deep").attachments
    assert (file.name, file.media_type) == ("Ebene 1.eml", "message/rfc822")
    assert b"Ganz innen." in file.content


def test_the_first_of_several_headers_counts() -> None:
    mail = nasty("duplicate_headers")
    assert mail.message_id == "<n8@muster.example>"
    assert mail.date == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert [one.address for one in mail.to] == ["post@nahbar.example", "zweite@nahbar.example"]


def test_of_several_senders_the_first_writes() -> None:
    assert nasty("from_several").sender == ERIKA


def test_html_keeps_nothing_that_runs_or_is_fetched() -> None:
    html = nasty("html_only").html
    for bad in (
        "script",
        "onload",
        "spion.example",
        "data:",
        "javascript",
        "<form",
        "<iframe",
        "<img",
        "style",
        "<svg",
    ):
        assert bad not in html
    assert 'href="https://muster.example/r"' in html
    assert "<b>Rechnung</b>" in html


def test_a_date_beyond_the_calendar_is_none() -> None:
    assert nasty("far_future").date is None


def test_a_reply_address_of_our_own_is_told_as_it_is() -> None:
    assert nasty("reply_to_us").reply_to == (Address("Nahbar", "post@nahbar.example"),)


def test_letters_from_right_to_left_stay() -> None:
    assert nasty("right_to_left").text.startswith("متى تصل بضاعتي؟")


@pytest.mark.parametrize(
    ("name", "bounce"),
    [
        ("dsn_google", Bounce(WEG, OUT, True, "5.1.1")), ("dsn_microsoft", Bounce(WEG, OUT, True, "5.2.2")),
        ("dsn_gmx", Bounce(WEG, OUT, True, "5.1.1")), ("dsn_postfix_delayed", Bounce(WEG, OUT, False, "4.4.1")),
    ],
)  # fmt: skip
def test_reports_of_the_big_providers_name_whom_and_which(name: str, bounce: Bounce) -> None:
    mail = nasty(name)
    assert mail.bounce == bounce
    assert not mail.is_auto_reply


@pytest.mark.parametrize(
    ("name", "is_automatic"),
    [
        ("auto_submitted", True), ("auto_x_autoreply", True), ("auto_exchange_german", True), ("auto_abwesenheitsnotiz", True),
        ("auto_subject_alone", False), ("newsletter", False), ("mailing_list", False), ("calendar_invite", False),
    ],
)  # fmt: skip
def test_automatic_answers_are_told_from_people(name: str, is_automatic: bool) -> None:
    assert nasty(name).is_auto_reply == is_automatic


@pytest.mark.parametrize(("name", "is_list"), [("newsletter", True), ("mailing_list", True), ("auto_submitted", False)])
def test_newsletters_and_lists_are_told_from_letters(name: str, is_list: bool) -> None:
    assert nasty(name).is_list == is_list


@pytest.mark.parametrize("path", sorted(NASTY.glob("quote_*.eml")), ids=lambda path: path.stem)
def test_what_mail_programs_quote_is_no_news(path: Path) -> None:
    mail = parse(path.read_bytes())
    assert mail.text.split("\n")[0] in ("Ja, gerne!", "Yes, please!")
    assert "Passt Ihnen" not in mail.text
    assert "post@nahbar" not in mail.text
    assert "Passt Ihnen Montag?" in mail.quoted


def test_there_is_a_file_for_every_program_and_language() -> None:
    programs = {path.stem for path in NASTY.glob("quote_*.eml")}
    assert {
        f"quote_{one}_{code}" for one in ("outlook", "gmail", "apple", "thunderbird") for code in ("de", "en")
    } <= programs


@pytest.mark.parametrize("path", sorted(NASTY.glob("*.eml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_each_of_them_cut_off_is_still_read(path: Path, share: float) -> None:
    raw = path.read_bytes()
    mail = parse(raw[: int(len(raw) * share)])
    for words in (mail.subject, mail.text, mail.quoted, mail.html, mail.sender.name):
        assert "\x00" not in words
        words.encode("utf-8")


def many_parts(n: int) -> bytes:
    parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\nTeil %d\r\n" % one for one in range(n))
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--\r\n"


def many_files(n: int) -> bytes:
    parts = b"".join(b"--b\r\nContent-Type: image/png; name=%d.png\r\n\r\nx\r\n" % one for one in range(n))
    return HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + parts + b"--b--\r\n"


def folded_header(n: int) -> bytes:
    return b"From: a@b.example\r\nSubject: Frage\r\n" + b" in vielen Zeilen\r\n" * n + b"\r\nText"


def encoded_words(n: int) -> bytes:
    return b"From: a@b.example\r\nSubject: " + b"\r\n ".join([b"=?utf-8?B?w6TDpMOk?="] * n) + b"\r\n\r\nText"


def encoded_words_unclosed(n: int) -> bytes:
    return b"From: a@b.example\r\nSubject: " + b"=?utf-8?q?a" * n + b"\r\n\r\nText"


def many_recipients(n: int) -> bytes:
    return HEAD + b"To: " + b",\r\n ".join(b"a%d@x.example" % one for one in range(n)) + b"\r\n\r\nText"


def false_boundaries(n: int) -> bytes:
    return (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n'
        + b"".join(b"--b%d\r\n\r\nTeil\r\n" % one for one in range(n))
    )


def mails_in_mails(n: int) -> bytes:
    return HEAD + b"Content-Type: message/rfc822\r\n\r\n" * n + b"Subject: innen\r\n\r\nText"


def report_without_end(n: int) -> bytes:
    head = b"From: mailer-daemon@x.example\r\nSubject: Undelivered\r\nContent-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
    return (
        head
        + b"Content-Type: message/delivery-status\r\n\r\n"
        + b"Final-Recipient: rfc822; a@b.example\r\n\r\n" * n
        + b"--b--"
    )


def open_tags(n: int) -> bytes:
    return HEAD + b"Content-Type: text/html\r\n\r\n" + b"<a href='<script>" * n + b"Text"


BOMBS = [
    many_parts, many_files, folded_header, encoded_words, encoded_words_unclosed, many_recipients, false_boundaries, mails_in_mails,
    report_without_end, open_tags,
]  # fmt: skip


def effort(raw: bytes) -> int:
    """How many functions are called while a mail is read: the same on every machine."""
    calls = 0

    def count(_frame: FrameType, event: str, _what: Any) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        parse(raw)
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.__name__)
def test_reading_takes_no_more_than_the_size_deserves(bomb: Callable[[int], bytes]) -> None:
    parse(bomb(10))  # what is loaded once is not counted
    few, many = bomb(500), bomb(2000)
    assert effort(many) <= 1.2 * effort(few) * len(many) / len(few)


def test_ten_thousand_parts_are_read() -> None:
    mail = parse(many_parts(10_000))
    assert mail.text.startswith("Teil 0\n\nTeil 1\n")
    assert "Teil 9999" in mail.text
    assert len(parse(many_files(10_000)).attachments) == MOST_ATTACHMENTS


def test_a_header_of_a_megabyte_is_cut() -> None:
    raw = folded_header(60_000)
    assert len(raw) > 1_000_000
    mail = parse(raw)
    assert mail.subject.startswith("Frage in vielen Zeilen in vielen")
    assert len(mail.subject) <= LONGEST_HEADER
    assert mail.text == "Text"


def test_fifty_megabytes_in_one_file_are_kept_whole() -> None:
    content = b"%PDF-1.7 " + b"\x00" * 37_100_000
    raw = (
        HEAD
        + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nAnbei.\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n'
    )
    raw += b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(content) + b"--b--\r\n"
    assert len(raw) > 50_000_000
    (file,) = parse(raw).attachments
    assert (file.name, len(file.content)) == ("plan.pdf", len(content))
