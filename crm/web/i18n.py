"""The language of the moment: which one it is, its translations, and how it writes dates and numbers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = ("de", "en")
TRANSLATIONS = Path(__file__).parent.parent / "translations"

language: ContextVar[str] = ContextVar("language", default="de")
zone: ContextVar[ZoneInfo] = ContextVar("zone", default=ZoneInfo("Europe/Berlin"))


@cache
def catalogue(code: str) -> NullTranslations:
    """All packages' translations for a language, merged. English is the language of the source."""
    merged: Translations | None = None
    for path in sorted((TRANSLATIONS / code).glob("*.po")):
        compiled = io.BytesIO()
        with path.open("rb") as source:
            write_mo(compiled, read_po(source, locale=code))
        compiled.seek(0)
        one = Translations(compiled)
        merged = one if merged is None else merged.merge(one)
    return merged or NullTranslations()


def _(message: str) -> str:
    """The message in the language of the moment."""
    return _translated(language.get(), message)


@lru_cache(maxsize=32_768)
def _translated(code: str, message: str) -> str:
    return catalogue(code).gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    return catalogue(language.get()).ngettext(singular, plural, n)


def pgettext(context: str, message: str) -> str:
    """For words that need two translations, e.g. "Open" as a button and as a status."""
    return str(catalogue(language.get()).pgettext(context, message))


def N_(message: str) -> str:
    """Marks a message for translation where it is only named; it is translated when it is shown."""
    return message


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Speak a language for a while: mails and reports use their reader's, not the sender's."""
    token = language.set(code if code in LANGUAGES else "de")
    try:
        yield
    finally:
        language.reset(token)


def locale() -> Locale:
    return _locale(language.get())


@cache
def _locale(code: str) -> Locale:
    return Locale.parse("de_DE" if code == "de" else "en_GB")


def preferred_language(accept_language: str) -> str:
    """The best of our languages for a browser's Accept-Language; German if it names none."""
    return wished_language(accept_language) or "de"


def wished_language(accept_language: str) -> str | None:
    """The one of our languages that an Accept-Language names first, if it names any."""
    wished = []
    for part in accept_language.split(",")[:20]:
        code, _sep, quality = part.strip().partition(";q=")
        try:
            wished.append((-float(quality or 1), code.replace("-", "_")))
        except ValueError:
            continue
    return negotiate_locale([code for _q, code in sorted(wished)], LANGUAGES)


def word(words: Mapping[str, str], code: str) -> str:
    """The word for a code in the language of the moment; an unknown code is shown as it is."""
    return _(words[code]) if code in words else code


def local_name(row: object) -> str:
    """The name of a catalogue row in the language of the moment."""
    return str(getattr(row, f"name_{language.get()}"))
