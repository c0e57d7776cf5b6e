"""Mails as they really come in: crooked, cut off, in wrong character sets, as answers of machines."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.mail.headers import Address
from crm.mail.parse import parse

HEAD = b"From: Erika Muster <Erika@Muster.example>\r\nTo: post@nahbar.example\r\nSubject: Frage\r\nMessage-ID: <a1@muster.example>\r\n"


def test_a_plain_mail_is_read_whole() -> None:
    mail = parse(
        HEAD + b"Cc: b@x.example, =?utf-8?q?J=C3=B6rg?= <j@x.example>\r\nDate: Thu, 26 Nov 2026 09:30:00 +0100\r\n"
        b"In-Reply-To: <z9@nahbar.example>\r\nReferences: <y8@nahbar.example>\r\n <z9@nahbar.example>\r\nReply-To: team@muster.example\r\n"
        b"\r\nGuten Tag,\r\n\r\nwann kommt meine Bestellung?\r\n"
    )
    assert mail.sender == Address("Erika Muster", "erika@muster.example")
    assert mail.to == (Address("", "post@nahbar.example"),)
    assert mail.cc == (Address("", "b@x.example"), Address("Jörg", "j@x.example"))
    assert mail.reply_to == (Address("", "team@muster.example"),)
    assert mail.date == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert (mail.message_id, mail.in_reply_to) == ("<a1@muster.example>", "<z9@nahbar.example>")
    assert mail.references == ("<y8@nahbar.example>", "<z9@nahbar.example>")
    assert (mail.subject, mail.text) == ("Frage", "Guten Tag,\n\nwann kommt meine Bestellung?")
    assert mail.language == "de"
    assert (mail.is_auto_reply, mail.is_bounce, mail.is_list, mail.attachments, mail.quoted) == (
        False,
        False,
        False,
        (),
        "",
    )


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("=?utf-8?B?w4RyZ2VyIG1pdCBkZXIgVMO8cg==?=", "Ärger mit der Tür"),
        ("=?iso-8859-1?Q?=C4rger?= =?iso-8859-1?Q?_mit?=", "Ärger mit"),
        ("=?utf-8?B?w4Ry?= =?utf-8?B?Z2Vy?=", "Ärger"),
        ("=?windows-1252?Q?Preis_=80_20?=", "Preis € 20"),
        ("=?no-such-charset?Q?T=C3=BCr?=", "Tür"),
        ("=?utf-8?B?nothing of base64", "=?utf-8?B?nothing of base64"),
        ("A\r\n  folded\r\n\tsubject", "A folded subject"),
    ],
)
def test_subjects_are_decoded(header: str, read: str) -> None:
    assert parse(f"From: a@b.example\r\nSubject: {header}\r\n\r\nx".encode()).subject == read


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "cp1252"])
def test_bytes_in_a_header_without_any_encoding_are_read(charset: str) -> None:
    mail = parse("From: Jörg Müller <j@x.example>\r\nSubject: Größe\r\n\r\nx".encode(charset))
    assert (mail.subject, mail.sender) == ("Größe", Address("Jörg Müller", "j@x.example"))


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("utf-8", "Grüße, 20 €"), ("utf-8", "Grüße".encode("latin-1")), ("iso-8859-1", "Grüße – 20 €".encode("cp1252")),
        ("us-ascii", "Grüße"), ("x-unknown", "Grüße"), ("", "Grüße".encode("latin-1")), ("utf-16", "Grüße".encode("utf-16")),
    ],
)  # fmt: skip
def test_a_body_is_read_whatever_charset_it_claims(declared: str, content: str | bytes) -> None:
    body = content if isinstance(content, bytes) else content.encode()
    kind = f"Content-Type: text/plain; charset={declared}\r\n".encode() if declared else b""
    text = parse(HEAD + kind + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body).text
    assert "Grüße" in text
    assert "\ufffd" not in text


def test_html_alone_is_read_as_text_and_made_safe() -> None:
    mail = parse(
        HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        b"<style>p{color:red}</style><p onclick='x()'>Guten Tag</p><script>alert(1)</script><img src='https://spy.example/1.gif'>"
        b"<a href='javascript:x()'>hier</a> <a href='https://ok.example'>dort</a><form action='/x'><input name=q></form>"
    )
    assert mail.text.startswith("Guten Tag")
    assert "alert" not in mail.text
    for bad in ("script", "onclick", "javascript", "spy.example", "<form", "<input", "<style", "color:red"):
        assert bad not in mail.html
    assert 'href="https://ok.example"' in mail.html


def test_the_plain_text_wins_over_its_html_twin_and_files_are_kept() -> None:
    made = EmailMessage()
    made["From"], made["Subject"] = "a@b.example", "Fotos"
    made.set_content("Anbei die Fotos.")
    made.add_alternative("<p>Anbei die <b>Fotos</b>.</p>", subtype="html")
    made.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="Küche/../../links oben.png")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "c@d.example", "Alte Frage"
    inner.set_content("Von früher.")
    made.add_attachment(inner)
    mail = parse(made.as_bytes())
    assert mail.text == "Anbei die Fotos."
    assert "<b>Fotos</b>" in mail.html
    assert [(each.name, each.media_type) for each in mail.attachments] == [
        ("links oben.png", "image/png"), ("Alte Frage.eml", "message/rfc822"),
    ]  # fmt: skip
    assert mail.attachments[0].content == b"\x89PNG"
    assert b"Von fr" in mail.attachments[1].content


@pytest.mark.parametrize(
    ("body", "new", "old"),
    [
        ("Danke, passt.\n\nAm 12.11.2026 um 10:11 schrieb Anna Berg:\n> Hallo\n> wie geht es\n", "Danke, passt.", "wie geht es"),
        ("Thanks\n\nOn Mon, Nov 2, 2026 at 3:04 PM Bob <bob@x.example> wrote:\n\n> old", "Thanks", "old"),
        ("Ja gerne!\n\n-----Ursprüngliche Nachricht-----\nVon: a@b.de\nGesendet: Montag\nAn: c@d.de\nBetreff: X\n\nalter Text",
         "Ja gerne!", "alter Text"),
        ("Hallo\n\nVon: Anna <a@b.de>\nGesendet: Dienstag, 3. November 2026 10:00\nAn: x@y.de\nBetreff: AW: Test\n\nalt", "Hallo", "alt"),
        ("Nur dies.\n\n> und das hier\n> von früher", "Nur dies.", "> von früher"),
        ("> Frage eins?\nJa.\n> Frage zwei?\nNein.", "> Frage eins?\nJa.\n> Frage zwei?\nNein.", ""),
    ],
)  # fmt: skip
def test_only_what_is_new_is_the_text(body: str, new: str, old: str) -> None:
    mail = parse(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + body.encode())
    assert mail.text == new
    assert old in mail.quoted


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "Auto-Submitted: auto-generated; x=1",
        "Subject: Automatische Antwort: Ihre Anfrage", "Subject: Out of office until Monday", "Subject: Abwesenheitsnotiz",
    ],
)  # fmt: skip
def test_an_automatic_answer_is_recognised(headers: str) -> None:
    mail = parse(f"{headers}\r\nFrom: a@b.example\r\n\r\nIch bin im Urlaub.".encode())
    assert mail.is_auto_reply
    assert not mail.is_bounce


def test_an_ordinary_mail_with_auto_submitted_no_is_none() -> None:
    assert not parse(HEAD + b"Auto-Submitted: no\r\n\r\nHallo").is_auto_reply


@pytest.mark.parametrize(
    "header", ["List-Unsubscribe: <mailto:x@y.example>", "List-Id: <news.y.example>", "Precedence: bulk"]
)
def test_a_newsletter_is_recognised(header: str) -> None:
    assert parse(header.encode() + b"\r\n" + HEAD + b"\r\nAngebote!").is_list


def report(status: str, action: str = "failed") -> bytes:
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: post@nahbar.example\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver your message.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; Weg@Kunde.example\r\nAction: {action}\r\nStatus: {status}\r\n"
        "\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: post@nahbar.example\r\n"
        "Message-ID: <out7@nahbar.example>\r\n\r\n--b--\r\n"
    ).encode()


@pytest.mark.parametrize(("status", "action", "is_lasting"), [("5.1.1", "failed", True), ("4.2.2", "delayed", False)])
def test_a_mail_that_came_back_tells_whose_and_why(status: str, action: str, is_lasting: bool) -> None:
    mail = parse(report(status, action))
    assert mail.is_bounce
    assert mail.bounce is not None
    assert mail.bounce.recipient == "weg@kunde.example"
    assert mail.bounce.message_id == "<out7@nahbar.example>"
    assert (mail.bounce.is_lasting, mail.bounce.status) == (is_lasting, status)


def test_a_receipt_of_delivery_is_no_bounce() -> None:
    assert not parse(report("2.0.0", "delivered")).is_bounce


def test_a_customer_who_writes_about_undelivered_goods_is_no_bounce() -> None:
    assert not parse(b"From: kunde@x.example\r\nSubject: Paket nicht zugestellt\r\n\r\nWo ist es?").is_bounce


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00" * 100, b"just words, no header at all", b"\xff\xfe\xfa", b"From: \r\nTo: ,,,;;<>\r\n\r\n",
        b"From: =?utf-8?B?/////?= <a@b.example>\r\nDate: the day after\r\nSubject:\r\n\r\n",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\n", b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\ncut o',
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3V0ZW4gVGF",
        b"Content-Type: text/plain; charset*0=ut; charset*1=f-8\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 x\r\n!",
        b"Content-Disposition: attachment; filename*=utf-9''%ZZ%\r\n\r\nx", b"Content-Type: message/rfc822\r\n\r\n",
    ],
)  # fmt: skip
def test_nothing_is_too_broken_to_be_read(raw: bytes) -> None:
    mail = parse(raw)
    for words in (mail.text, mail.quoted, mail.subject, mail.html, mail.sender.name):
        assert "\x00" not in words
        words.encode("utf-8")
    assert mail.date is None or mail.date.tzinfo is UTC


def test_a_body_without_headers_is_still_read() -> None:
    assert "kommt meine Ware" in parse(b"\r\nWann kommt meine Ware?").text


def test_a_cut_off_body_keeps_what_is_there() -> None:
    cut = base64.b64encode(b"Guten Tag, ich habe eine Frage zum Angebot.")[:-7]
    mail = parse(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + cut)
    assert mail.text.startswith("Guten Tag, ich habe eine Frage")


def test_mails_within_mails_without_end_are_survived() -> None:
    raw = (
        HEAD
        + b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000))
        + b"\r\nx"
    )
    assert parse(raw).sender.address == "erika@muster.example"


def test_fifty_megabytes_are_read_and_long_bodies_do_not_stop_it() -> None:
    raw = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\nSiehe Anhang.\r\n--b\r\n'
    raw += b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    raw += base64.encodebytes(b"\x00" * 37_000_000) + b"--b--\r\n"
    mail = parse(raw)
    assert (mail.text, mail.attachments[0].name, len(mail.attachments[0].content)) == (
        "Siehe Anhang.",
        "plan.pdf",
        37_000_000,
    )
    assert parse(HEAD + b"\r\n" + b"\n" * 2_000_000 + b"Ende").text == "Ende"
    assert len(parse(HEAD + b"\r\n" + b"Zeile\n" * 400_000).text) > 900_000


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 300))
def test_whatever_a_wire_does_to_a_mail_it_is_read(noise: bytes, place: int) -> None:
    raw = report("5.1.1")
    mail = parse(raw[:place] + noise + raw[place:])
    assert isinstance(mail.text, str)
    assert mail.is_bounce == (mail.bounce is not None)
