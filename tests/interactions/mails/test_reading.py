"""Mails of many programs are read: who wrote to whom, what is new, what was forwarded. What is crooked breaks nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.interactions.mails.judging import told_by
from crm.interactions.mails.reading import read_mail
from crm.web.forms import NOTE_LIMIT
from crm.web.quotations import folded_mail, new_text

TOKEN = "a" * 20


def raw(body: str, **headers: str) -> bytes:
    told = {
        "From": "Petra Lang <petra@kuechen.example>",
        "To": "Anna <anna@groessmann.example>",
        "Subject": "Küche",
        **headers,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in told.items()]
    return ("\r\n".join([*lines, "Content-Type: text/plain; charset=utf-8", "", body])).encode()


def test_a_copy_of_ones_own_mail() -> None:
    mail = read_mail(
        raw(
            "Guten Tag,\n\nanbei der Plan.\n\nAm 3.11.2026 um 10:00 schrieb Anna:\n> Wo bleibt er?",
            Delivered_To=f"post+{TOKEN}@kern.example", Date="Mon, 23 Nov 2026 10:00:00 +0100", Message_ID="<1@x>",
        )
    )  # fmt: skip
    assert (mail.sender, mail.recipients) == ("petra@kuechen.example", ("anna@groessmann.example",))
    new, cited = new_text(mail.text)
    assert new == "Guten Tag,\n\nanbei der Plan."
    assert cited.startswith("Am 3.11.2026")
    assert (mail.tokens, mail.message_id) == ((TOKEN,), "<1@x>")
    assert mail.at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert mail.forwarded is None


@pytest.mark.parametrize(
    "body",
    [
        "Zur Info\n\n---------- Forwarded message ---------\nVon: Anna G <anna@groessmann.example>\nDate: Mo., 3. Nov.\n"
        "Subject: Frage\nTo: <petra@kuechen.example>\n\nWann kommt die Küche?",
        "-------- Weitergeleitete Nachricht --------\nBetreff: Frage\nDatum: Mon\nVon: Anna <anna@groessmann.example>\n"
        "An: petra@kuechen.example\n\nWann kommt die Küche?",
        "\n\nVon: Anna [mailto:anna@groessmann.example]\nGesendet: Montag\nAn: Petra\nBetreff: Frage\n\nWann kommt die Küche?",
        "Anfang der weitergeleiteten Nachricht:\n\n> Von: Anna <anna@groessmann.example>\n> Betreff: Frage\n> Datum: heute\n"
        "> An: Petra\n> \n> Wann kommt die Küche?",
        "Begin forwarded message:\n\nFrom: anna@groessmann.example\nSubject: Frage\n\nWann kommt die Küche?\n\nOn Monday Petra wrote:\n> x",
    ],
)
def test_a_forward_tells_who_wrote_first(body: str) -> None:
    mail = read_mail(raw(body, Subject="WG: Frage", To=f"post+{TOKEN}@kern.example"))
    assert mail.forwarded is not None
    assert mail.forwarded.address == "anna@groessmann.example"
    assert mail.forwarded.subject in ("Frage", "")
    assert new_text(mail.forwarded.text)[0] == "Wann kommt die Küche?"


def test_a_mail_attached_to_a_mail() -> None:
    inner = "From: Anna <anna@groessmann.example>\r\nSubject: Frage\r\n\r\nWann?"
    whole = (
        "From: petra@kuechen.example\r\nTo: x@y.example\r\nSubject: WG\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsiehe unten\r\n'
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    )
    mail = read_mail(whole.encode())
    assert mail.forwarded is not None
    assert (mail.forwarded.address, mail.forwarded.subject, mail.forwarded.text) == (
        "anna@groessmann.example", "Frage", "Wann?",
    )  # fmt: skip


def test_html_becomes_what_people_read() -> None:
    html = raw("<p>Guten <b>Tag</b></p><script>alert(1)</script><p>Petra</p>").replace(b"text/plain", b"text/html")
    assert read_mail(html).text == "Guten Tag\n\nPetra"


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@x.example"},
    ],
)
def test_what_no_person_wrote_is_known(headers: dict[str, str]) -> None:
    assert read_mail(raw("x", **headers)).is_automatic
    assert not read_mail(raw("x", Auto_Submitted="no")).is_automatic


@given(st.binary(max_size=2000))
def test_no_bytes_break_the_reading(content: bytes) -> None:
    for whole in (content, b"From: " + content, b"Subject: x\r\nContent-Type: " + content + b"\r\n\r\n" + content):
        try:
            read_mail(whole)
        except ValueError:
            continue


@pytest.mark.parametrize("line", [">" * 1000 + "\n", "Von: " * 50 + "\n", "Am " * 60 + "\n", "\n"])
def test_long_mails_take_no_time(line: str) -> None:
    body = line * (1_000_000 // len(line))
    new_text(body)
    read_mail(raw(body, Subject="WG: x"))


def test_a_mail_is_folded_where_it_cites() -> None:
    said, quoted = "Ja, gern.", "Am 3.11.2026 um 10:00 schrieb Anna:\n> Passt Dienstag?"
    whole = f"Betreff\n\n{said}\n\n{quoted}"
    assert folded_mail("email", whole) == (f"Betreff\n\n{said}", quoted)
    assert folded_mail("phone", whole) == (whole, "")
    assert folded_mail("email", quoted) == (quoted, "")


def test_of_a_mail_that_is_too_long_what_is_new_is_kept() -> None:
    long = "> Zitat\n" * (NOTE_LIMIT // 8)
    mail = read_mail(raw(f"Ja, gern.\n\n{long}"))
    told = told_by(mail, frozenset({"petra@kuechen.example"}), datetime(2026, 11, 23, tzinfo=UTC))
    assert told.text.startswith("Ja, gern.\n\n(")
    short = read_mail(raw("Ja, gern.\n\n> Passt Dienstag?"))
    told = told_by(short, frozenset({"petra@kuechen.example"}), datetime(2026, 11, 23, tzinfo=UTC))
    assert told.text == "Ja, gern.\n\n> Passt Dienstag?"
