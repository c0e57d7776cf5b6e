"""The texts with which officers begin an answer: per occasion and kind, in the person's language, to be changed before they go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from crm.privacy.desk.words import KINDS, article
from crm.web.formats import short_date
from crm.web.i18n import N_, _, speaking

OCCASIONS = {
    "receipt": N_("Confirm the receipt"), "identity": N_("Ask for proof of identity"), "extension": N_("Extend by two months"),
    "refusal": N_("Refuse"), "answer": N_("Answer"), "lifting": N_("Tell of the lifting of the restriction"),
}  # fmt: skip
NEED_REASON = frozenset({"extension", "refusal", "lifting"})
"""Here the person must read why (Art. 12 (3), (4); Art. 18 (3))."""
REASONS = ("{reason}", "{Begründung}")
"""Where the reason stands in a text, in English and German."""

_SUBJECT = N_("Your request of %(received_on)s: %(asked)s")
_RIGHTS = N_(
    "You may complain to a data protection supervisory authority, for example in the state where you live or where we have our "
    "seat (Art. 77 GDPR), and you may go to court (Art. 79 GDPR)."
)
_TEXTS: dict[str, str] = {
    "receipt": N_(
        "thank you for your message. We take it as a request under Art. %(article)s GDPR (%(asked)s) and will answer by %(due_on)s at the "
        "latest.\n\nIf you have questions meanwhile, simply reply to this e-mail."
    ),
    "identity": N_(
        "on %(received_on)s you made a request (%(asked)s). So that nobody else learns of your data or changes them, we must be sure that "
        "it is you who asks (Art. 12 (6) GDPR).\n\nPlease answer from an e-mail address that we already know, or tell us your customer "
        "number and the date of your last order. We do not need a copy of your identity card.\n\nWe keep working on your request "
        "meanwhile."
    ),
    "extension": N_(
        "we need more time for your request of %(received_on)s (%(asked)s). The reason: {reason}\n\nYou will have our answer by "
        "%(new_due_on)s at the latest (Art. 12 (3) GDPR).\n\n%(rights)s"
    ),
    "refusal": N_(
        "we cannot fulfil your request of %(received_on)s (%(asked)s). The reason: {reason}\n\n%(rights)s"
    ),
    "lifting": N_(
        "since %(restricted_on)s we have stored your data and done nothing else with them. We will lift this restriction on "
        "{?day}. The reason: {reason}\n\nPlease tell us before then if you do not agree.\n\n%(rights)s"
    ),
}  # fmt: skip
_ANSWERS: dict[str, str] = {
    "access": N_(
        "on %(received_on)s you asked which data we have about you. Here is the information under Art. 15 GDPR with a copy of your data: "
        "{?how the copy reaches the person}."
    ),
    "portability": N_(
        "on %(received_on)s you asked for your data in a machine-readable format (Art. 20 GDPR). You get them here: {?how the file "
        "reaches the person}."
    ),
    "rectification": N_(
        "we have corrected your data (Art. 16 GDPR): {?what was corrected}.\n\nWe tell everybody to whom we had passed them on, unless "
        "that is impossible. On request we name these recipients (Art. 19 GDPR)."
    ),
    "erasure": N_(
        "we have erased your data (Art. 17 GDPR). We keep only what a law obliges us to keep: {?what is kept, how long and by which law}."
        "\n\nWe tell everybody to whom we had passed your data on, unless that is impossible (Art. 19 GDPR)."
    ),
    "restriction": N_(
        "we have restricted the processing of your data (Art. 18 GDPR). They are stored and used for nothing else. We will tell "
        "you before this ends.\n\nWe tell everybody to whom we had passed your data on, unless that is impossible (Art. 19 GDPR)."
    ),
    "objection": N_(
        "we heed your objection of %(received_on)s (Art. 21 GDPR): {?what is no longer done}. It takes effect at once."
    ),
    "review": N_(
        "a human being has looked at what our computation said about you (Art. 22 (3) GDPR). The result: {?result, with the reason}."
    ),
    "consent_withdrawal": N_(
        "we have recorded the withdrawal of your consent. It takes effect at once; what was done until then stays lawful "
        "(Art. 7 (3) GDPR)."
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """What the texts tell of: the salutation in the person's language, and the days."""

    salutation: str
    received_on: date
    due_on: date
    new_due_on: date
    restricted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    subject: str
    text: str


def draft(occasion: str, kind: str, language: str, facts: Facts) -> Draft:
    """The text to begin with. {reason} is filled from its own field, {?...} by the officer."""
    with speaking(language):
        values: Mapping[str, str] = {
            "asked": _(KINDS[kind]), "article": article(kind), "received_on": short_date(facts.received_on),
            "due_on": short_date(facts.due_on), "new_due_on": short_date(facts.new_due_on), "rights": _(_RIGHTS),
            "restricted_on": short_date(facts.restricted_on) if facts.restricted_on else "",
        }  # fmt: skip
        text = _ANSWERS[kind] if occasion == "answer" else _TEXTS[occasion]
        return Draft(_(_SUBJECT) % values, f"{facts.salutation}\n\n{_(text) % values}")
