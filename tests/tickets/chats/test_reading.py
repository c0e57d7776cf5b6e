"""A pasted chat is read as people copy it, and nothing of it gets lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.tickets.chats.reading import Said, likely_customers, read_chat, speakers
from crm.tickets.chats.timing import moments

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


def told(text: str) -> list[tuple[str, str, str, str]]:
    """Name, day, time and text of each message."""
    return [(one.name, str(one.on or ""), one.at.isoformat() if one.at else "", one.shown) for one in read_chat(text)]


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (
            "10:42 Anna: Wo bleibt die Platte?\n10:43 Ali: Guten Tag,\nsie kommt morgen.\n",
            [("Anna", "", "10:42:00", "Wo bleibt die Platte?"), ("Ali", "", "10:43:00", "Guten Tag,\nsie kommt morgen.")],
        ),
        (
            "[27.11.26, 10:42:13] Anna Quitterer: Hallo\n\u200e[27.11.26, 10:43:00] Kern: \u200eBild weggelassen",
            [
                ("Anna Quitterer", "2026-11-27", "10:42:13", "Hallo"),
                ("Kern", "2026-11-27", "10:43:00", "\u200eBild weggelassen"),
            ],
        ),
        (
            "27.11.26, 10:42 - Anna Quitterer: Preis: 5 €\n27.11.26, 10:44 - +49 171 2345678: Ja",
            [
                ("Anna Quitterer", "2026-11-27", "10:42:00", "Preis: 5 €"),
                ("+49 171 2345678", "2026-11-27", "10:44:00", "Ja"),
            ],
        ),
        (
            "Anna Quitterer (10:42)\nHallo\nnoch etwas\nAli Demir (10:43)\nJa?",
            [("Anna Quitterer", "", "10:42:00", "Hallo\nnoch etwas"), ("Ali Demir", "", "10:43:00", "Ja?")],
        ),
        (
            "Anna Quitterer  10:42 AM\nHi\nAli Demir\u00a0 1:05 PM\nHello",
            [("Anna Quitterer", "", "10:42:00", "Hi"), ("Ali Demir", "", "13:05:00", "Hello")],
        ),
        (
            "[10:42] Anna Quitterer\nHallo\n[10:44] Ali Demir\nJa?",
            [("Anna Quitterer", "", "10:42:00", "Hallo"), ("Ali Demir", "", "10:44:00", "Ja?")],
        ),
        (
            "Kunde: Wo ist mein Paket?\nAgent: Unterwegs.\nHinweis: morgen da",
            [("Kunde", "", "", "Wo ist mein Paket?"), ("Agent", "", "", "Unterwegs.\nHinweis: morgen da")],
        ),
        ("Max: Hallo\nEva: Ja?\nMax: Danke", [("Max", "", "", "Hallo"), ("Eva", "", "", "Ja?"), ("Max", "", "", "Danke")]),
        ("11/27/26, 10:42 AM - Anna: Hi", [("Anna", "2026-11-27", "10:42:00", "Hi")]),
        ("Chat vom Montag\n10:42 Anna: Hallo", [("", "", "", "Chat vom Montag"), ("Anna", "", "10:42:00", "Hallo")]),
        ("Bitte liefern Sie: bald.\nGrüße", [("", "", "", "Bitte liefern Sie: bald.\nGrüße")]),
        ("25:99 Anna: Hallo", [("", "", "", "25:99 Anna: Hallo")]),
        ("", []),
    ],
)  # fmt: skip
def test_common_shapes(text: str, messages: list[tuple[str, str, str, str]]) -> None:
    assert told(text) == messages


LINE = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["10:42 Anna: ", "[27.11.26, 10:42:13] A B: x", "Anna (10:42)", "Kunde: ja", "Agent:", "99.99.99, 10:42 - A: x"]
    ),
)


@given(st.lists(LINE, max_size=12).map("\n".join))
def test_no_letter_gets_lost_whatever_is_pasted(text: str) -> None:
    assert "".join(one.head + one.text for one in read_chat(text, ("Anna Quitterer",))) == text


def test_a_very_long_paste_is_read_at_once() -> None:
    for text in ("a" * 300_000, "a:" * 100_000, "10:42 " * 50_000, "\n" * 100_000, "A b " * 80_000, "[" * 200_000):
        assert "".join(one.head + one.text for one in read_chat(text)) == text


def test_who_is_the_customer_is_guessed_from_the_names() -> None:
    staff = ["Ali Demir", "Mia Roth"]
    assert likely_customers(["Anna", "Ali"], ["Anna Quitterer"], staff) == ["Anna"]
    assert likely_customers(["Q. Maier", "Ali Demir"], [], staff) == ["Q. Maier"]
    assert likely_customers(["Kunde", "Support"], [], staff) == ["Kunde"]
    assert likely_customers(["Eins", "Zwei"], [], staff) == ["Eins"]
    assert likely_customers(["Ali", "Mia"], [], staff) == []
    assert speakers(read_chat("10:00 A: x\n10:01 B: y\n10:02 A: z")) == ["A", "B"]


def at(hour: int, minute: int, on: date | None = None) -> Said:
    return Said("A", "", "x", on, time(hour, minute))


def test_times_without_a_date_are_of_the_day_of_the_form_and_go_past_midnight() -> None:
    found = moments([at(23, 58), at(0, 3)], date(2026, 11, 26), BERLIN, NOW)
    assert found == [datetime(2026, 11, 26, 22, 58, tzinfo=UTC), datetime(2026, 11, 26, 23, 3, tzinfo=UTC)]


def test_dates_in_the_chat_count_more_and_messages_stay_in_their_order() -> None:
    found = moments([at(10, 42, date(2026, 11, 20)), at(10, 42), at(10, 41)], date(2026, 11, 26), BERLIN, NOW)
    assert [moment.day for moment in found] == [20, 20, 20]
    assert found == sorted(set(found))


def test_a_chat_without_any_time_is_of_now() -> None:
    assert moments([Said("A", "", "x"), Said("B", "", "y")], date(2026, 11, 27), BERLIN, NOW)[0] == NOW


@pytest.mark.parametrize(
    "head", ["0001-01-01 00:10 Anna: hallo", "[31.12.9999, 23:00] Anna: a", "31.12.2200, 23:00 - Anna: a"]
)
def test_a_year_that_no_form_takes_begins_no_message(head: str) -> None:
    assert [one.on for one in read_chat(f"{head}\n01:00 Bob: b")] == [None, None]
    assert read_chat("31.12.2199, 23:00 - Anna: a")[0].on == date(2199, 12, 31)
