"""Placeholders of templates, {Anrede} or {salutation}, and gaps, {?Termin}, that the writer fills: finding, filling, doubting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from crm.web.i18n import N_, _

_PLACE = re.compile(r"\{([^{}\n]{1,60})\}")
_NO_LETTERS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One thing that is known when a mail is written. `missing`: what to do where it is not."""

    code: str
    german: str
    meaning: str
    missing: str


PLACEHOLDERS = (
    Placeholder("salutation", "Anrede", N_("how the mail begins: Sehr geehrte Frau Weiß,"), ""),
    Placeholder("name", "Name", N_("name of the person, or of the customer where nobody is chosen"), ""),
    Placeholder(
        "given_name", "Vorname", N_("given name of the person"),
        N_("Nobody with a given name is chosen as recipient. Choose a person, or write it yourself."),
    ),
    Placeholder(
        "family_name", "Nachname", N_("family name of the person"),
        N_("Nobody with a family name is chosen as recipient. Choose a person, or write it yourself."),
    ),
    Placeholder("customer", "Kunde", N_("name of the customer"), ""),
    Placeholder("customer_number", "Kundennummer", N_("number of the customer"), ""),
    Placeholder("my_name", "mein Name", N_("your name"), ""),
    Placeholder(
        "my_phone", "meine Telefonnummer", N_("your telephone number"),
        N_("You have not stored your telephone number yet. You do so under Account, Signature."),
    ),
    Placeholder("my_email", "meine E-Mail", N_("your own e-mail address"), ""),
    Placeholder("company", "Firma", N_("name of our company"), N_("The name of the company is missing in the settings.")),
    Placeholder("date", "Datum", N_("the date of today, in full"), ""),
    Placeholder(
        "order_number", "Bestellnummer", N_("number of the newest order; in a mail after a delivery that of its order"),
        N_("This customer has no order with a number. Write the number yourself, or leave it out."),
    ),
    Placeholder(
        "quotation_number", "Angebotsnummer", N_("number of the newest quotation that waits for a decision"),
        N_("No quotation with a number waits for this customer's decision. Write the number yourself, or leave it out."),
    ),
    Placeholder(
        "quotation_date", "Angebotsdatum", N_("date of the newest quotation that waits for a decision"),
        N_("No quotation was sent that waits for this customer's decision. Write the date yourself, or leave it out."),
    ),
)  # fmt: skip
GAP = "?"
"""What begins with it is for the writer to fill: {?day and time}."""


def _key(word: str) -> str:
    return _NO_LETTERS.sub(" ", word.casefold()).strip()


_CODES = {_key(name): each.code for each in PLACEHOLDERS for name in (each.code, each.german)}
_BY_CODE = {each.code: each for each in PLACEHOLDERS}


def name_in(code: str, language: str) -> str:
    """A placeholder as people of this language write it."""
    return "{%s}" % (_BY_CODE[code].german if language == "de" else code)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder that has a value; the others, gaps and strange words in braces stay as they are."""

    def value(found: re.Match[str]) -> str:
        return values.get(_CODES.get(_key(found[1]), ""), "") or found[0]

    return _PLACE.sub(value, text)


@dataclass(frozen=True, slots=True)
class Left:
    """What still stands in braces after filling, as it is written. `missing` belongs to a placeholder without a value."""

    written: str
    is_gap: bool
    code: str


def left_in(text: str) -> list[Left]:
    """Placeholders and gaps that are still there, each once."""
    found: dict[str, Left] = {}
    for match in _PLACE.finditer(text):
        code, is_gap = _CODES.get(_key(match[1]), ""), match[1].startswith(GAP)
        if code or is_gap:
            found.setdefault(match[0], Left(match[0], is_gap, code))
    return list(found.values())


def left_sentence(left: Left) -> str:
    """Why a mail cannot go out with it, and what to do."""
    if left.is_gap:
        return _("Fill the gap %(gap)s.") % {"gap": left.written}
    why = _BY_CODE[left.code].missing
    reason = _(why) if why else _("Nothing is known for it.")
    return _("%(placeholder)s cannot be filled: %(reason)s") % {"placeholder": left.written, "reason": reason}


def mistakes(text: str, language: str) -> list[str]:
    """What is wrong with a template's text: words in braces that stand for nothing, braces without their like."""
    found = []
    for word in dict.fromkeys(_PLACE.findall(text)):
        if word.startswith(GAP) and word.strip(GAP).strip():
            continue
        if _key(word) not in _CODES:
            known = ", ".join(name_in(each.code, language) for each in PLACEHOLDERS)
            found.append(
                _("There is no placeholder {%(word)s}. Known are: %(known)s.") % {"word": word, "known": known}
            )
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        found.append(_("One brace stands alone. A placeholder begins with { and ends with }, both in one line."))
    return found
