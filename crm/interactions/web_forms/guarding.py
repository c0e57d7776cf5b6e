"""Keeping machines out without anybody else's help. Pure rules: the token of a form and what makes an entry suspicious."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Network
from ipaddress import ip_address as ip_address_of

VALID_FOR = timedelta(hours=24)
"""So long a form may lie open; then it is shown again, with what was typed."""
QUICKEST = timedelta(seconds=3)
"""Nobody reads and fills in a form in less."""
FREE_PER_HOUR = 5
"""More from one address within an hour wait for a person to look at them."""
MOST_PER_HOUR = 30
"""More are not taken at all."""
MOST_PER_TOKEN = 2
"""So often one form that was shown is good for: sent, and once more after going back to change something."""
MOST_LINKS = 3
HOURLY_LIMIT = 60
"""So many entries by one form are usual within an hour, unless its setting says something else."""
WAVE = timedelta(hours=1)
"""Whoever keeps the forms is told of too many once, and again after it was quiet for so long."""

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_TOKEN = re.compile(r"(\d{1,12})\.([0-9a-f]{16})\.([0-9a-f]{40})")


@dataclass(frozen=True, slots=True)
class Token:
    """When a form was shown, and a word of its own that tells a second sending of it from another form."""

    shown_at: datetime
    nonce: str

    def is_expired(self, now: datetime) -> bool:
        return not timedelta() <= now - self.shown_at <= VALID_FOR


def token_of(code: str, nonce: str, now: datetime, secret: bytes) -> str:
    """What a form carries: signed, so that nobody can say that it was shown earlier. `nonce` is 16 hexadecimal digits."""
    shown = f"{int(now.timestamp())}.{nonce}"
    return f"{shown}.{_mark(code, shown, secret)}"


def read_token(text: str, code: str, secret: bytes) -> Token | None:
    """The token of this form; None for a forged one and that of another form."""
    found = _TOKEN.fullmatch(text)
    if found is None or not hmac.compare_digest(_mark(code, f"{found[1]}.{found[2]}", secret), found[3]):
        return None
    return Token(datetime.fromtimestamp(int(found[1]), UTC), found[2])


@dataclass(frozen=True, slots=True)
class Sent:
    """What is known of a form that was sent: `earlier` from the same address within the hour, `same_text` elsewhere within a day,
    `same_token` how often the very form that was shown has been sent already, with other content; `by_form` how many entries came by
    this form within the hour that nothing else spoke against, from anywhere, and `limit` how many are usual."""

    token: Token
    trap: str
    text: str
    earlier: int = 0
    same_text: bool = False
    same_token: int = 0
    by_form: int = 0
    limit: int = HOURLY_LIMIT


OVERRUN = "overrun"
SUSPICIONS = ("trap", "too_quick", "too_many", "same_form", "same_text", "links", OVERRUN)


def suspicion(sent: Sent, now: datetime) -> str:
    """Why somebody should look at it before it becomes anything, as a code; empty if nothing speaks against it."""
    if sent.trap:
        return "trap"
    if now - sent.token.shown_at < QUICKEST:
        return "too_quick"
    if sent.earlier >= FREE_PER_HOUR:
        return "too_many"
    if sent.same_token >= MOST_PER_TOKEN:
        return "same_form"
    if sent.same_text:
        return "same_text"
    if len(_LINK.findall(sent.text)) > MOST_LINKS:
        return "links"
    if sent.by_form >= sent.limit:
        return OVERRUN
    return ""


def is_new_wave(overrun_at: datetime | None, now: datetime) -> bool:
    """Whether too many entries are news, and not the same that somebody was told of."""
    return overrun_at is None or now - overrun_at >= WAVE


def counted_as(ip_address: str) -> str:
    """Of an IPv6 address its network of 64 bits: that is what one connection has, and it changes the rest as it likes."""
    try:
        address = ip_address_of(ip_address)
    except ValueError:
        return ip_address
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))


def _mark(code: str, shown: str, secret: bytes) -> str:
    return hmac.digest(secret, f"web form {code} {shown}".encode(), "sha256").hex()[:40]
