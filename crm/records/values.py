"""Turns what other programs write into a cell into what our forms take: countries, forms of address, yes and no, dates,
names. What is not understood stays as it is, so that the form names it. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from babel import Locale

from crm.records.cells import plain_cell
from crm.records.name_forms import PARTICLES

_TITLE = re.compile(
    r"(?:(?:Univ\.-)?Prof(?:essor(?:in)?)?\.?|Dr\.?(?:-Ing\.?)?|Dres\.|Mag\.|Dipl\.-?\s?\w+\.?|Ing\.|DI|PD|RA|StB|WP|rer\.|nat\.|med\.|jur\.|"
    r"phil\.|pol\.|oec\.|h\.\s?c\.|habil\.|dent\.|vet\.|MBA|B\.?Sc\.?|M\.?Sc\.?|LL\.?M\.?)(?=\s|$)",
    re.IGNORECASE,
)
_ADDRESSES = {
    "ms": {"frau", "fr", "ms", "mrs", "miss", "madam", "w", "f", "weiblich", "female", "mme", "sehr geehrte frau"},
    "mr": {"herr", "herrn", "hr", "hrn", "mr", "sir", "m", "männlich", "maennlich", "male", "mister", "sehr geehrter herr"},
    "neutral": {"neutral", "divers", "mx", "d", "keine angabe", "x"},
}  # fmt: skip
_COMPANIES = {"firma", "fa", "company", "an die firma", "gesellschaft"}
_ORGANISATIONS = {
    "organisation", "organization", "firma", "unternehmen", "company", "business", "geschäftskunde", "geschaeftskunde", "b2b",
    "juristische person", "verein", "behörde", "account", "gewerbe", "gewerblich", "firmenkunde",
}  # fmt: skip
_PERSONS = {
    "person", "privat", "privatperson", "privatkunde", "private", "individual", "natürliche person", "b2c", "contact", "kontakt",
    "private person", "endkunde",
}  # fmt: skip
_STATUSES = {
    "prospect": {
        "interessent", "interessentin", "lead", "prospect", "subscriber", "abonnent", "abonnentin", "marketing qualified lead",
        "marketingqualifiedlead", "sales qualified lead", "salesqualifiedlead", "marketing-qualifizierter lead",
        "vertriebs-qualifizierter lead", "opportunity", "potenzieller kunde", "potentieller kunde", "sonstiges", "other", "neu",
    },
    "customer": {"kunde", "kundin", "customer", "bestandskunde", "aktiv", "active", "evangelist", "fürsprecher", "client", "stammkunde"},
    "former": {
        "former", "ehemalig", "ehemaliger kunde", "ehemalige kundin", "inaktiv", "inactive", "verloren", "lost", "altkunde",
        "former customer",
    },
}  # fmt: skip
_YES, _NO = (
    {"1", "ja", "j", "yes", "y", "true", "wahr", "x", "on"},
    {"0", "nein", "n", "no", "false", "falsch", "off", "-"},
)
_COUNTRIES = {
    "a": "AT", "d": "DE", "ch": "CH", "brd": "DE", "f": "FR", "i": "IT", "b": "BE", "l": "LU", "fl": "LI", "usa": "US", "u.s.a.": "US",
    "uk": "GB",
    "großbritannien": "GB", "england": "GB", "great britain": "GB", "vereinigtes königreich": "GB", "holland": "NL", "niederlande": "NL",
    "tschechische republik": "CZ", "czech republic": "CZ", "österreich/austria": "AT", "deu": "DE", "aut": "AT", "che": "CH",
    "ger": "DE", "germany (de)": "DE", "united states of america": "US", "suisse": "CH", "svizzera": "CH",
}  # fmt: skip
_LANGUAGES = {
    "deutsch": "de",
    "german": "de",
    "de": "de",
    "ger": "de",
    "deu": "de",
    "englisch": "en",
    "english": "en",
    "en": "en",
    "eng": "en",
}
_EMPTY_DATES = re.compile(r"[0\s./-]*")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SHORT_YEAR = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{2})")
_FORMULA = re.compile(r"^[=@]|^[+-](?=.*[|!(])")
_BETWEEN = re.compile(r"\s+:::\s+|\s*[;\n]\s*")
_MAY_PART = re.compile(r":::|[;\n]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run this cell: nobody's name begins like that. "+49 911 ..." does not count."""
    return bool(text) and text[0] in "=@+-" and _FORMULA.search(text) is not None


def neutral(text: str) -> str:
    """The cell as it may stand in a file that a spreadsheet opens (OWASP: CSV injection)."""
    return f"'{text}" if is_formula(text) else text


def plain(text: str) -> str:
    """A cell without the apostrophe that we, or a spreadsheet, put before a formula."""
    return plain_cell(text)


def several(text: str, *, commas: bool = False) -> list[str]:
    """The values of a cell that holds several, as Google (" ::: ") and HubSpot (";") write them."""
    if not text:
        return []
    parts = _BETWEEN.split(text) if _MAY_PART.search(text) else [text]
    if commas and "," in text:
        parts = [part for each in parts for part in each.split(",")]
    return [part.strip() for part in parts if part.strip()]


def form_of_address(text: str) -> tuple[str, str, bool]:
    """Of "Frau Dr.": the form (ms), the title (Dr.), and whether it says that this is a company."""
    rest, titles = _without_titles(text)
    key = rest.strip(" .").lower()
    if key in _COMPANIES:
        return "", titles, True
    form = next((form for form, words in _ADDRESSES.items() if key in words), "")
    return form or (rest.strip() if key else ""), titles, False


def _without_titles(text: str) -> tuple[str, str]:
    titles, rest = [], text.strip()
    words = rest.split()
    while words and _TITLE.fullmatch(words[0]):
        titles.append(words.pop(0))
    while words and _TITLE.fullmatch(words[-1]):
        titles.append(words.pop())
    return " ".join(words), " ".join(titles)


def split_name(text: str) -> tuple[str, str, str]:
    """Title, given name and family name of a whole name: "Dr. Anna von Berg", "Müller, Anna". One word is a family name."""
    family, comma, given = text.partition(",")
    if comma and given.strip() and not _TITLE.fullmatch(given.strip().split()[0]):
        given, title = _without_titles(given)
        return title, given, family.strip()
    rest, title = _without_titles(text.replace(",", " "))
    form, _more, _firm = form_of_address(rest.split()[0]) if rest else ("", "", False)
    words = rest.split()[1:] if form in _ADDRESSES and len(rest.split()) > 1 else rest.split()
    if form in _ADDRESSES and words:
        again, more = _without_titles(" ".join(words))
        words, title = again.split(), " ".join(filter(None, (title, more)))
    start = next((place for place, word in enumerate(words[1:], 1) if word.lower() in PARTICLES), len(words) - 1)
    return title, " ".join(words[:start]), " ".join(words[start:])


def kind(text: str) -> str:
    key = text.strip().lower()
    return "organisation" if key in _ORGANISATIONS else "person" if key in _PERSONS else key


def status(text: str) -> str:
    key = text.strip().lower()
    return next((code for code, words in _STATUSES.items() if key in words), key)


def language(text: str) -> str:
    """de or en; empty for any other language, which our letters do not speak."""
    return _LANGUAGES.get(re.split(r"[-_ (]", text.strip().lower())[0], "")


def flag(text: str) -> str:
    key = text.strip().lower()
    return "1" if key in _YES else "" if key in _NO else text


def country(text: str) -> str:
    """Two letters (ISO 3166-1 alpha-2) for a country's name in German or English, or for the letters on its cars."""
    key = " ".join(text.split()).lower()
    if not key or (len(key) == 2 and key not in _COUNTRIES):
        return key.upper()
    return _COUNTRIES.get(key) or _territories().get(key) or text.strip()


@cache
def _territories() -> dict[str, str]:
    return {
        str(name).lower(): code
        for locale in ("de", "en", "de_AT", "de_CH")
        for code, name in Locale.parse(locale).territories.items()
        if len(code) == 2 and code.isalpha()
    }


def postcode(text: str, country: str, *, is_said: bool) -> str:
    """A German postcode whose leading zero a spreadsheet has eaten gets it back, if the country is said."""
    return f"0{text}" if is_said and country == "DE" and re.fullmatch(r"\d{4}", text) else text


def day(text: str, *, is_american: bool = False) -> str:
    """A date as ISO 8601 if it can mean only one; "00.00.00" and the like are no date at all. With slashes the month comes
    first in an American program's export."""
    text = text.strip()
    if _EMPTY_DATES.fullmatch(text):
        return ""
    if found := _SLASHED.fullmatch(text):
        first, second, year = map(int, found.groups())
        month, date = (first, second) if (is_american and first <= 12) or second > 12 else (second, first)
        return f"{year:04}-{month:02}-{date:02}"
    if found := _SHORT_YEAR.fullmatch(text):
        date, month, short = map(int, found.groups())
        return f"{1900 + short if short > datetime.now().year % 100 else 2000 + short:04}-{month:02}-{date:02}"  # noqa: DTZ005
    return re.sub(r"^(\d{4}-\d{2}-\d{2})[T ].*$", r"\1", text)
