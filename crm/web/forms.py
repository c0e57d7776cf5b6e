"""Reads the fields of a form body: the typed value, or a sentence beside the field; all errors at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crm.database import HIGHEST_ID
from crm.errors import Invalid
from crm.web.formats import clock, day, local
from crm.web.i18n import _, zone
from crm.web.spoken_calendar import Doubt, Unclear
from crm.web.spoken_dates import Alone, understand

Choice = TypeVar("Choice", bound=StrEnum)

NOTE_LIMIT = 200_000
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Dates outside are slips of the finger, and the ends of the calendar don't survive a change of time zone."""


LONGEST_SHOWN = timedelta(hours=12)
"""How long a form may lie open with a moment that was shown in it; words sent later are read anew."""

_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_PLAIN_MAILBOX = re.compile(r"[A-Za-z0-9_%+-]+(?:\.[A-Za-z0-9_%+-]+)*")
_LONGEST_MAILBOX, _LONGEST_EMAIL = 64, 254
_PLAIN_PHONE = re.compile(r"0[1-9][0-9]{1,5}[ /-]?[0-9]{3,9}")
_NO_GAPS = str.maketrans("", "", " /-")
_GERMANY = "+49"


def _normal_email(value: str) -> str:
    """The address as it is kept. A plain mailbox needs no library, and of a domain it is asked once: whoever imports has many
    of the same. Raises EmailNotValidError."""
    mailbox, _at, domain = value.rpartition("@")
    is_plain = len(mailbox) <= _LONGEST_MAILBOX and len(value) <= _LONGEST_EMAIL and _PLAIN_MAILBOX.fullmatch(mailbox)
    if not is_plain or not domain.isascii() or mailbox.lower() == "postmaster":
        return validate_email(value, check_deliverability=False).normalized
    return f"{mailbox}@{_normal_domain(domain)}"


@lru_cache(maxsize=10_000)
def _normal_domain(domain: str) -> str:
    return str(validate_email(f"x@{domain}", check_deliverability=False).domain)


def e164(value: str, region: str) -> str | None:
    """A telephone number as E.164 (ITU-T), None if it is none. A plain German one ("0911 551230") needs no library: its zero
    makes room for the country's code."""
    if region == "DE" and _PLAIN_PHONE.fullmatch(value):
        return _GERMANY + value[1:].translate(_NO_GAPS)
    try:
        parsed = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def doubt_sentence(unclear: Unclear) -> str:
    """What the person is asked whose words for a moment don't say one."""
    if unclear.doubt == Doubt.DAY_OR_TIME:
        return _("Do you mean the day %(first)s or the time %(second)s?") % {
            "first": unclear.first,
            "second": unclear.second,
        }
    if unclear.doubt in (Doubt.WHICH_HALF, Doubt.WHICH_DATE):
        return _("Do you mean %(first)s or %(second)s?") % {"first": unclear.first, "second": unclear.second}
    if unclear.doubt == Doubt.WRONG_WEEKDAY:
        return _("This date is another weekday: %(day)s. Which of the two do you mean?") % {"day": day(unclear.on)}
    if unclear.doubt == Doubt.NO_SUCH_DAY:
        return _("The calendar has no such day: %(day)s Which do you mean?") % {"day": unclear.first}
    return _("When do you mean? Write for example: tomorrow 9:00, next Friday, in 2 weeks, 10.12. at 14:30.")


def past_sentence(due_at: datetime, now: datetime) -> str:
    """Why a moment that is over is refused; one of today is told with its time."""
    said = day(due_at, now)
    if local(due_at).date() == local(now).date():
        said = f"{said}, {clock(due_at)}"
    return _("This lies in the past (%(day)s). Choose a moment from now on.") % {"day": said}


class Fields:
    """The typed fields of one form. Each reader notes an error and answers a harmless value; `check()` raises `Invalid`
    with every error and everything that was typed."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if name != "_csrf_token"}
        self.errors: dict[str, str] = {}

    def error(self, name: str, sentence: str) -> None:
        """Note an error that only the caller can see (a reference that doesn't exist, two fields that don't fit)."""
        self.errors.setdefault(name, sentence)

    def check(self) -> None:
        if self.errors:
            raise Invalid(self.errors, self.values)

    def text(self, name: str, *, required: bool = False, limit: int = 300, many_lines: bool = False) -> str:
        raw = self.values.get(name, "")
        if raw == "" and not required:  # most fields of most rows
            return ""
        value = str(raw).replace("\x00", "")
        value = value.replace("\r\n", "\n").strip() if many_lines else " ".join(value.split())
        if required and not value:
            self.error(name, _("Please fill this in."))
        if len(value) > limit:
            self.error(name, _("That is %(n)s characters; at most %(limit)s fit.") % {"n": len(value), "limit": limit})
        return value

    def choice(self, name: str, kind: type[Choice], default: Choice | None = None) -> Choice:
        value = self.text(name)
        try:
            return kind(value) if value or default is None else default
        except ValueError:
            self._refuse_choice(name, value, kind)
            return default or next(iter(kind))

    def one_of(self, name: str, options: Iterable[str], default: str = "") -> str:
        value = self.text(name) or default
        known = options if isinstance(options, (set, frozenset)) else set(options)
        if value not in known:
            self._refuse_choice(name, value, sorted(known))
        return value

    def _refuse_choice(self, name: str, value: str, options: Iterable[str]) -> None:
        """A page offers right choices only; whoever sends others (the API, an import) reads which there are."""
        if value:
            words = {"value": value[:40], "options": ", ".join(filter(None, options))}
            self.error(name, _("“%(value)s” is none of: %(options)s.") % words)
        else:
            self.error(name, _("Please choose one of the options."))

    def flag(self, name: str) -> bool:
        return self.text(name) in ("1", "on", "true", "yes")

    def number(self, name: str, *, low: int, high: int, required: bool = False) -> int | None:
        value = self.text(name, required=required)
        if not value:
            return None
        try:
            number = int(value)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            self.error(name, _("Please enter a whole number from %(low)s to %(high)s.") % {"low": low, "high": high})
            return None
        return number

    def reference(self, name: str, *, required: bool = False) -> int | None:
        """The id of another record; whether it exists is for the caller to see."""
        return self.number(name, low=1, high=HIGHEST_ID, required=required)

    def email(self, name: str, *, required: bool = False) -> str:
        value = self.text(name, required=required, limit=254)
        if not value:
            return ""
        try:
            return _normal_email(value)
        except EmailNotValidError:
            self.error(name, _("This is not an e-mail address. An example: anna@example.de"))
            return value

    def phone(self, name: str, region: str = "DE") -> str:
        """A telephone number as E.164 (ITU-T)."""
        value = self.text(name, limit=60)
        if not value:
            return ""
        found = e164(value, region)
        if found is None:
            self.error(name, _("This is not a telephone number. An example: 0911 55 12 30"))
        return value if found is None else found

    def on(self, name: str, *, required: bool = False) -> date | None:
        value = self.text(name, required=required)
        if not value:
            return None
        iso, german = _ISO_DAY.fullmatch(value), _GERMAN_DAY.fullmatch(value)
        parts = iso.groups() if iso else german.groups()[::-1] if german else None
        try:
            found = date(*map(int, parts)) if parts else None
        except ValueError:
            found = None
        if found is not None and FIRST_YEAR <= found.year <= LAST_YEAR:
            return found
        self.error(name, _("Please enter a date such as 30.11.2026."))
        return None

    def moment(self, name: str, *, required: bool = False) -> datetime | None:
        """A local date and time of the company's zone, as aware UTC."""
        value = self.text(name, required=required)
        if not value:
            return None
        for pattern in ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"):
            try:
                found = datetime.strptime(value, pattern).replace(tzinfo=zone.get())
            except ValueError:
                continue
            if FIRST_YEAR <= found.year <= LAST_YEAR:
                return found.astimezone(UTC)
        self.error(name, _("Please enter date and time such as 30.11.2026 09:00."))
        return None

    def spoken(
        self, name: str, now: datetime, *, required: bool = False, alone: Alone = Alone.MORNING
    ) -> datetime | None:
        """A moment in people's words ("morgen 9 Uhr"), as aware UTC. They are read as of the moment when what they mean was
        shown below the field (`<name>_read_at`), so that what was shown is what is kept, however late it is sent."""
        words = self.text(name, required=required)
        if not words:
            return None
        try:
            return understand(words, self.read_at(name, now), zone.get(), alone)
        except Unclear as unclear:
            self.error(name, doubt_sentence(unclear))
            return None

    def coming(
        self, name: str, now: datetime, *, required: bool = False, alone: Alone = Alone.MORNING
    ) -> datetime | None:
        """The same, and not in the past: that is refused with the sentence why."""
        at = self.spoken(name, now, required=required, alone=alone)
        if at is not None and at <= now:
            self.error(name, past_sentence(at, now))
        return at

    def read_at(self, name: str, now: datetime) -> datetime:
        """As of when the words of this field were understood and shown; now, if that was not sent or is too long ago."""
        try:
            read_at = datetime.fromisoformat(self.text(f"{name}_read_at"))
        except ValueError:
            return now
        return read_at if read_at.tzinfo and now - LONGEST_SHOWN <= read_at <= now else now

    def instant(self, name: str, value: datetime | None) -> datetime | None:
        """A moment that came over the API, as aware UTC: with its time zone, and in a year that people live in."""
        if value is None:
            return None
        if value.tzinfo is None:
            self.error(name, _("Give the time zone, as in 2026-11-30T09:00:00+01:00."))
        elif not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.error(name, _("Please enter date and time such as 30.11.2026 09:00."))
        else:
            return value.astimezone(UTC)
        return None
