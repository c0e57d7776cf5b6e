"""Passwords: how they are hashed (argon2id, RFC 9106) and which ones are refused (NIST SP 800-63B, section 5.1.1.2)."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from crm.text import fold
from crm.web.i18n import _

SHORTEST = 12
LONGEST = 200

_HASHER = PasswordHasher()
# Well formed and matched by nothing: verifying against it costs what a real one costs.
_NOBODYS = (
    f"$argon2id$v=19$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    "$bmFoYmFyIG5vIHNhbHQgMQ$m0m5r0p6eU7yJ5m3b0q8w2c4d6e8f0a1b2c3d4e5f6A"
)
_SYLLABLES = [f"{consonant}{vowel}" for consonant in "bdfklmnprstw" for vowel in "aeio"]
_COMMON = (
    "password", "passwort", "kennwort", "geheim", "secret", "qwertz", "qwerty", "asdf", "yxcv", "zxcv", "letmein", "welcome",
    "willkommen", "hallo", "hello", "admin", "administrator", "iloveyou", "schatz", "sommer", "winter", "herbst", "fruehling", "summer",
    "autumn", "spring", "monkey", "dragon", "football", "fussball", "baseball", "master", "login", "nahbar", "test", "demo", "changeme",
    "uiop", "ghjkl", "abc", "abcd", "abcdef", "abcdefgh", "abcdefghijkl", "bnm",
)  # fmt: skip
_DIGITS_AND_SIGNS = re.compile(r"[\W\d_]+")


def _bytes(password: str) -> bytes:
    """The same bytes for the same letters, however the keyboard composes them (NFC, RFC 8265)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


async def hash_password(password: str) -> str:
    """The argon2id hash to store. Takes about 50 ms of a core, in a thread."""
    return await asyncio.to_thread(_HASHER.hash, _bytes(password))


async def password_fits(password_hash: str | None, password: str) -> bool:
    """True if the password belongs to the hash. With no hash (an unknown account, nobody's password yet) the answer is
    False and takes as long."""
    return await asyncio.to_thread(_fits, password_hash or _NOBODYS, password) and bool(password_hash)


def _fits(password_hash: str, password: str) -> bool:
    if len(password) > LONGEST:
        password = ""
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """True if the hash was made with weaker parameters than today's; it is renewed at the next log-in."""
    return _HASHER.check_needs_rehash(password_hash)


def generated_password() -> str:
    """A password to read out: ten syllables in two groups, and a number; 65 bits of chance."""
    words = ["".join(secrets.choice(_SYLLABLES) for _n in range(5)) for _n in range(2)]
    return "-".join((*words, str(secrets.randbelow(900) + 100)))


def problem_with(password: str, *known: str) -> str:
    """Why this password is refused, as a sentence; empty if it is good. `known` is what others can guess of its owner:
    e-mail address and name, and the company's name."""
    if len(password) < SHORTEST:
        return _("Please take at least %(n)s characters. A sentence is easy to remember.") % {"n": SHORTEST}
    if len(password) > LONGEST:
        return _("Please take at most %(n)s characters.") % {"n": LONGEST}
    if len(set(password.lower())) < 5 or _is_a_run(password):
        return _("This password repeats itself. Please take another one, say a short sentence.")
    letters = fold(_DIGITS_AND_SIGNS.sub("", password))
    if _is_made_of(letters, _COMMON):
        return _("This password is one of the first that are tried. Please take another one, say a short sentence.")
    parts = [part for text in known for part in re.split(r"[\s@.\-_]+", text) if len(part) > 2]
    if _is_made_of(letters, [fold(part).replace(" ", "") for part in parts]):
        return _("This password consists of your name or address. Please take another one, say a short sentence.")
    return ""


def _is_made_of(letters: str, words: Iterable[str]) -> bool:
    """True if these words are in it and nothing of weight is left without them; digits and signs weigh nothing."""
    rest = letters
    for word in sorted(filter(None, words), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != letters and len(rest) < 4


def _is_a_run(password: str) -> bool:
    """123456789012, abcdefghijkl, 987654321098: each character follows the one before."""
    codes = [ord(character) for character in password.lower()]
    steps = [
        (after - before) % 10 if chr(before).isdigit() and chr(after).isdigit() else after - before
        for before, after in pairwise(codes)
    ]
    return max(steps.count(1), steps.count(-1), steps.count(9)) >= len(steps) - 2
