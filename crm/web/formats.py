"""How the product writes dates, times, numbers, money and telephone numbers, as template filters and for mails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent
from markupsafe import Markup, escape

from crm.web.i18n import _, language, locale, zone
from crm.web.quotations import folded_mail


def local(moment: datetime) -> datetime:
    """The moment in the company's time zone; at the very ends of the calendar, where no zone reaches, as it is."""
    try:
        return moment.astimezone(zone.get())
    except OverflowError:
        return moment


def days_begun(moments: Iterable[datetime]) -> list[date | None]:
    """The local day of each moment that begins one, else None: where the headings of a list stand."""
    days = [local(moment).date() for moment in moments]
    return [on if index == 0 or days[index - 1] != on else None for index, on in enumerate(days)]


def day(value: date | datetime | None, now: datetime | None = None) -> str:
    """ "Do., 19. November" / "Thu, 19 November"; with the year when it is not this one."""
    if value is None:
        return ""
    on = local(value).date() if isinstance(value, datetime) else value
    this_year = local(now or datetime.now(UTC)).year
    return _day(on, on.year == this_year, language.get())


@lru_cache(maxsize=4096)
def _day(on: date, same_year: bool, lang: str) -> str:
    pattern = "EEE, d. MMMM" if lang == "de" else "EEE, d MMMM"
    return format_date(on, pattern if same_year else pattern + " y", locale=locale())


def short_date(value: date | datetime | None) -> str:
    """ "19.11.2026" / "19 Nov 2026"."""
    if value is None:
        return ""
    on = local(value).date() if isinstance(value, datetime) else value
    return _short_date(on, language.get())


@lru_cache(maxsize=4096)
def _short_date(on: date, lang: str) -> str:
    return f"{on:%d.%m.%Y}" if lang == "de" else format_date(on, "d MMM y", locale=locale())


def iso_date(text: str | None) -> str:
    """A date that came as text out of a JSON column."""
    return short_date(date.fromisoformat(text)) if text else ""


def month(value: date) -> str:
    """ "Oktober 2026" / "October 2026"."""
    return format_date(value, "LLLL y", locale=locale())


def month_letters(value: date) -> str:
    """ "Okt" / "Oct", for below a chart."""
    return format_date(value, "LLL", locale=locale()).rstrip(".")[:3]


def clock(moment: datetime | None) -> str:
    """ "14:20", in the company's time zone."""
    return f"{local(moment):%H:%M}" if moment else ""


def exact(moment: datetime | None) -> str:
    """Date and time in full, for titles and records."""
    if moment is None:
        return ""
    pattern = "EEEE, d. MMMM y, HH:mm" if language.get() == "de" else "EEEE, d MMMM y, HH:mm"
    return format_datetime(local(moment), pattern, locale=locale())


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """ "vor 9 Tagen", "in 2 Stunden"."""
    if moment is None:
        return ""
    delta = moment - (now or datetime.now(UTC))
    if abs(delta) < timedelta(minutes=1):
        return _("just now")
    return format_timedelta(delta, add_direction=True, locale=locale(), threshold=1.2)


def when(moment: datetime | None, now: datetime | None = None) -> Markup:
    """A <time> element: the clock today, words within a week, else the date; the exact time on hover."""
    if moment is None:
        return Markup("")
    current = now or datetime.now(UTC)
    distance = abs(local(moment).date() - local(current).date()).days
    if distance == 0:
        text = clock(moment)
    elif distance < 7:
        text = f"{_weekday(local(moment).date(), language.get())}, {clock(moment)}"
    else:
        text = short_date(moment)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), exact(moment), text)


@lru_cache(maxsize=64)
def _weekday(on: date, lang: str) -> str:
    return format_date(on, "EEE", locale=locale())


def minutes(value: float | None) -> str:
    """ "1 Std. 48 Min." / "1 h 48 min"."""
    if value is None:
        return ""
    whole = round(value)
    hours, rest = divmod(abs(whole), 60)
    sign = "−" if whole < 0 else ""
    parts = []
    if hours:
        parts.append(_("%(n)s h") % {"n": num(hours)})
    if rest or not hours:
        parts.append(_("%(n)s min") % {"n": rest})
    return sign + " ".join(parts)


def num(value: float | Decimal | int | None, digits: int | None = None) -> str:
    """ "1.284" / "1,284"; `digits` after the decimal sign."""
    if value is None:
        return "–"
    pattern = (
        "#,##0" if digits is None and isinstance(value, int) else "#,##0." + "0" * (1 if digits is None else digits)
    )
    return _num(value + 0, pattern.rstrip("."), language.get())  # + 0: there is no -0, which the cache takes for 0


@lru_cache(maxsize=8192, typed=True)
def _num(value: float | Decimal, pattern: str, lang: str) -> str:
    return format_decimal(value, pattern, locale=locale())


def signed(value: float, digits: int = 0) -> str:
    """ "+6", "−0,2", "±0"."""
    rounded = round(value, digits)
    if rounded == 0:
        return "±" + num(0 if digits == 0 else 0.0, None if digits == 0 else digits)
    shown = num(abs(int(rounded)) if digits == 0 else abs(rounded), None if digits == 0 else digits)
    return ("+" if rounded > 0 else "−") + shown


def percent(share: float | None, digits: int = 0) -> str:
    """A share of 1 as "94 %" / "94%"."""
    if share is None:
        return "–"
    return format_percent(
        share,
        locale=locale(),
        format=("#,##0." + "0" * digits).rstrip(".") + ("\u00a0%" if language.get() == "de" else "%"),
    )


def money(amount: Decimal | float | None, currency: str = "EUR") -> str:
    if amount is None:
        return "–"
    return _money(amount + 0, currency, language.get())


@lru_cache(maxsize=8192, typed=True)
def _money(amount: Decimal | float, currency: str, lang: str) -> str:
    return format_currency(amount, currency, locale=locale())


@lru_cache(maxsize=8192)
def phone(number: str | None, region: str = "DE") -> str:
    """An E.164 number as people write it: national for the company's country, else international."""
    if not number:
        return ""
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    own = phonenumbers.region_code_for_number(parsed) == region
    kind = phonenumbers.PhoneNumberFormat.NATIONAL if own else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(parsed, kind))


def country(code: str) -> str:
    """The name of a country by its code of two letters: "Österreich" / "Austria"."""
    return str(locale().territories.get(code, code))


def nl2br(text: str | None) -> Markup:
    """Plain text with its line breaks, escaped."""
    return Markup("<br>\n").join(escape(line) for line in (text or "").splitlines())


def input_datetime(moment: datetime | None) -> str:
    """The value of a datetime-local field, in the company's time zone."""
    return f"{local(moment):%Y-%m-%dT%H:%M}" if moment else ""


FILTERS = {
    "ago": ago,
    "clock": clock,
    "country": country,
    "day": day,
    "exact": exact,
    "folded_mail": folded_mail,
    "input_datetime": input_datetime,
    "iso_date": iso_date,
    "minutes": minutes,
    "money": money,
    "month": month,
    "month_letters": month_letters,
    "nl2br": nl2br,
    "num": num,
    "percent": percent,
    "phone": phone,
    "signed": signed,
    "short_date": short_date,
    "when": when,
}
