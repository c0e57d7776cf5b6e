"""What tells a machine from a customer."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.interactions.web_forms.guarding import SUSPICIONS, Sent, Token, counted_as, read_token, suspicion, token_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SECRET = b"s" * 32
NONCE = "0123456789abcdef"


def test_the_token_of_a_form_says_when_it_was_shown() -> None:
    token = read_token(token_of("kern", NONCE, NOW, SECRET), "kern", SECRET)
    assert token == Token(NOW, NONCE)
    assert not token.is_expired(NOW + timedelta(hours=24))
    assert token.is_expired(NOW + timedelta(hours=24, seconds=1))
    assert token.is_expired(NOW - timedelta(seconds=1))


def test_a_forged_token_and_that_of_another_form_are_none() -> None:
    text = token_of("kern", NONCE, NOW, SECRET)
    assert read_token(text, "other", SECRET) is None
    assert read_token(text, "kern", b"t" * 32) is None
    assert read_token(text.replace("1", "2", 1), "kern", SECRET) is None
    for crooked in ("", "x", "1.2.3", text + "\n", "\x00", "9" * 5000):
        assert read_token(crooked, "kern", SECRET) is None


@pytest.mark.parametrize(
    ("sent", "after", "code"),
    [
        (Sent(Token(NOW, NONCE), "", "Guten Tag"), 20, ""),
        (Sent(Token(NOW, NONCE), "x", "Guten Tag"), 20, "trap"),
        (Sent(Token(NOW, NONCE), "", "Guten Tag"), 2, "too_quick"),
        (Sent(Token(NOW, NONCE), "", "Guten Tag", earlier=4), 20, ""),
        (Sent(Token(NOW, NONCE), "", "Guten Tag", earlier=5), 20, "too_many"),
        (Sent(Token(NOW, NONCE), "", "Guten Tag", same_token=1), 20, ""),
        (Sent(Token(NOW, NONCE), "", "Guten Tag", same_token=2), 20, "same_form"),
        (Sent(Token(NOW, NONCE), "", "Guten Tag", same_text=True), 20, "same_text"),
        (Sent(Token(NOW, NONCE), "", "https://a https://b www.c"), 20, ""),
        (Sent(Token(NOW, NONCE), "", "https://a https://b www.c HTTP://d"), 20, "links"),
    ],
)
def test_why_an_entry_waits_for_a_person(sent: Sent, after: int, code: str) -> None:
    assert suspicion(sent, NOW + timedelta(seconds=after)) == code
    assert code in ("", *SUSPICIONS)


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("", ""),
    ],
)
def test_a_connection_is_counted_however_it_changes_its_address(address: str, counted: str) -> None:
    assert counted_as(address) == counted
