"""What a notice says: GDPR Art. 14 (1) and (2), made from what the program is set up to do. Pure; in the language of the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.web.i18n import _

PLACES = ("{salutation}", "{source}")
"""What is filled in for each person. A text without `{source}` would leave out what Art. 14 (2) f demands."""


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What the configuration says. `purposes` and `retention` are lines as people read them; empty texts are left out."""

    company: str
    contact: str
    representative: str
    officer: str
    purposes: Sequence[str]
    interests: bool
    categories: Sequence[str]
    recipients: Sequence[str]
    third_countries: str
    retention: Sequence[str]
    authority: str


def subject(facts: NoticeFacts) -> str:
    return _("How %(company)s handles your data") % {"company": facts.company}


def proposal(facts: NoticeFacts) -> str:
    """The whole text with the places for each person. What Art. 14 lists stands in the order of the law."""
    parts = [
        "{salutation}",
        _(
            "we have stored data about you that did not come from you yourself. The law (GDPR Art. 14) lets you know what "
            "they are used for and which rights you have. You need not do anything."
        ),
        _head(_("Who is responsible"), [named(facts.company, facts.contact), facts.representative]),
        _head(_("Officer for data protection"), [facts.officer]),
        _head(_("What we use your data for, and on which legal basis"), [f"– {one}" for one in facts.purposes]),
        _("Where we name a legitimate interest, it is to keep in touch with those who do business with us.")
        if facts.interests
        else "",
        _head(_("Which data"), [", ".join(facts.categories)]),
        _head(_("Where they come from"), ["{source}"]),
        _head(_("Who receives them"), [f"– {one}" for one in facts.recipients]),
        _head(
            _("Countries outside the European Union"),
            [facts.third_countries or _("Your data are not transferred there.")],
        ),
        _head(_("How long we keep them"), [f"– {one}" for one in facts.retention]),
        _head(_("Your rights"), [
            _(
                "You can ask for a copy of your data (Art. 15), have them corrected (Art. 16), erased (Art. 17) or restricted (Art. 18), "
                "and take them along (Art. 20). A consent can be withdrawn at any time."
            ),
            _("You can object to the use of your data, and to advertising at any time and without a reason (Art. 21)."),
            _("You can complain to a supervisory authority (Art. 77).") + (f" {facts.authority}" if facts.authority else ""),
            _("No decision about you is taken by a program alone (Art. 22). An answer to this mail is enough."),
        ]),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def named(company: str, contact: str) -> str:
    """Name and address; an imprint that begins with the name says it once."""
    return contact if contact.startswith(company) else f"{company}\n{contact}"


def filled(text: str, salutation: str, source: str) -> str:
    """The text for one person."""
    return text.replace("{salutation}", salutation).replace("{source}", source or _("noted by our staff"))


def missing(text: str) -> list[str]:
    """The places that a text must have and hasn't."""
    return [place for place in PLACES if place not in text]


def _head(title: str, lines: Sequence[str]) -> str:
    kept = [line.strip() for line in lines if line.strip()]
    return "\n".join([title, *kept]) if kept else ""
