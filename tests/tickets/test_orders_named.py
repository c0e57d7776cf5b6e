"""Which order an enquiry is about: pure rules."""

from __future__ import annotations

from datetime import date

import pytest

from crm.customers.orders.naming import KnownOrder, names_in, soon_before

ON = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Wo bleibt A-10492?", ["a-10492"]),
        ("Zu B/2026/17 und a-10492, bitte.", ["b/2026/17", "a-10492"]),
        ("Auftrag 4711 ist nicht da", ["4711"]),
        ("Bestell-Nr. 4711", ["4711"]),
        ("order no. 4711!", ["4711"]),
        ("Auftragsnummer: 4711", ["4711"]),
        ("Seit 2024 sind wir Kunde in 90403 Nürnberg", []),
        ("Es sind 12 Stück für 480 Euro", []),
        ("300123 fehlt", ["300123"]),
        ("Guten Tag", []),
        ("", []),
    ],
)
def test_what_may_be_a_number_of_an_order(text: str, names: list[str]) -> None:
    assert names_in(text) == names


def test_a_very_long_word_and_very_many_words_are_no_trouble() -> None:
    assert names_in("A1" * 100) == []
    assert len(names_in(" ".join(f"A-{n}" for n in range(10_000)))) == 200


def test_the_latest_order_shortly_before_is_meant() -> None:
    old, new = KnownOrder(1, "A-1", date(2026, 11, 1)), KnownOrder(2, "A-2", date(2026, 11, 18))
    assert soon_before(ON, [old, new]) == new
    assert soon_before(ON, [old, new], settled=[2]) == old
    assert soon_before(ON, [old, new], settled=[1, 2]) is None


def test_an_old_order_is_meant_when_it_was_just_delivered() -> None:
    assert soon_before(ON, [KnownOrder(1, "A-1", date(2026, 6, 1))]) is None
    assert soon_before(ON, [KnownOrder(1, "A-1", date(2026, 6, 1), date(2026, 11, 10))]) is not None
    assert soon_before(ON, [KnownOrder(1, "A-1", date(2026, 6, 1), date(2026, 11, 1))]) is None


def test_neither_a_later_order_nor_one_that_was_called_off_is_meant() -> None:
    assert soon_before(ON, [KnownOrder(1, "A-1", date(2026, 11, 21))]) is None
    assert soon_before(ON, [KnownOrder(1, "A-1", date(2026, 11, 19), is_cancelled=True)]) is None
