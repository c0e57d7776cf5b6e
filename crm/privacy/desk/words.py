"""The words for requests of data subjects: what is asked, how far it is, what happened."""

from __future__ import annotations

from datetime import date

from crm.database import Row, decoded
from crm.notifications.sentences import ASKED
from crm.web.formats import short_date
from crm.web.i18n import N_, _, word

KINDS = ASKED
ARTICLES = {
    "access": "15", "portability": "20", "rectification": "16", "erasure": "17", "restriction": "18", "objection": "21",
    "review": N_("22 (3)"), "consent_withdrawal": N_("7 (3)"),
}  # fmt: skip
"""Of the GDPR; see article()."""

STATUSES = {
    "new": N_("new"), "in_progress": N_("in progress"), "waiting_identity": N_("waits for proof of identity"), "done": N_("answered"),
    "refused": N_("refused"),
}  # fmt: skip
TONES = {"new": "amber", "in_progress": "petrol", "waiting_identity": "amber", "done": "good", "refused": "quiet"}
SOURCES = {"page": N_("preference page"), "mail": N_("by e-mail"), "hand": N_("written down by hand"), "api": N_("API")}
IDENTITIES = {
    "unchecked": N_("not checked yet"), "asked": N_("asked for"), "confirmed": N_("confirmed"), "failed": N_("not proven"),
}  # fmt: skip
AGAINST = {
    "advertising": N_("to direct advertising (Art. 21 (2))"), "profiling": N_("to profiling"),
    "interest": N_("to processing that rests on legitimate interest (Art. 21 (1))"),
}  # fmt: skip
TOLD_HOW = {
    "mail": N_("by e-mail"),
    "letter": N_("by letter"),
    "phone": N_("by telephone"),
    "impossible": N_("impossible or out of proportion"),
}
VIEWS = {"open": N_("Open"), "overdue": N_("Overdue"), "done": N_("Settled")}

_EVENTS = {
    "filed": N_("Request taken in (%(source)s)"),
    "begun": N_("Work has begun"),
    "note": N_("Note"),
    "copy_made": N_("Copy of all data made"),
    "copy_sent": N_("Link to the copy sent to %(address)s"),
    "copy_handed": N_("Copy handed over on %(on)s"),
    "named": N_("Said whom it is about: %(name)s"),
    "identity_confirmed": N_("Identity confirmed"),
    "identity_failed": N_("Identity not proven"),
    "receipt": N_("Receipt confirmed to the person"),
    "identity": N_("Asked the person to prove who they are"),
    "extension": N_("Extended until %(on)s and told the person"),
    "refusal": N_("Refused and told the person"),
    "answer": N_("Answered"),
    "lifting": N_("Told the person that the restriction will be lifted"),
    "done": N_("Settled"),
    "kind": N_("Taken as: %(asked)s"),
    "restricted": N_("Processing restricted"),
    "lifted": N_("Restriction lifted"),
    "rectified": N_("Data corrected: %(fields)s"),
    "recipient": N_("Recipient added: %(name)s"),
    "told": N_("Recipient told: %(name)s"),
    "objected": N_("Objection recorded: %(against)s"),
    "weighed": N_("Interests weighed: %(outcome)s"),
    "review": N_("Review of the customer value asked for"),
    "reminded": N_("Officers reminded of the due day"),
}
STEPS = _EVENTS | {
    "copy_sent": N_("Link to the copy sent"),
    "copy_handed": N_("Copy handed over"),
    "filed": N_("Request taken in"),
    "named": N_("Said whom it is about"),
    "extension": N_("Extended and told the person"),
    "kind": N_("Taken as something else"),
    "rectified": N_("Data corrected"),
    "recipient": N_("Recipient added"),
    "told": N_("Recipient told"),
    "objected": N_("Objection recorded"),
    "weighed": N_("Interests weighed"),
}
"""The same without what is told with them, for the audit trail."""
OUTCOMES = {"upheld": N_("the objection is heeded"), "overridden": N_("compelling grounds prevail")}


def article(kind: str) -> str:
    """The article of the GDPR that gives this right, with its paragraph as the reader's language writes it."""
    return word(ARTICLES, kind)


def event_title(row: Row) -> str:
    """One line of a request's log in the reader's language."""
    values = {name: _shown(name, value) for name, value in decoded(row.detail).items()}
    return _(_EVENTS[row.event]) % _Values(values) if row.event in _EVENTS else str(row.event)


class _Values(dict[str, str]):
    """What an old line does not have is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(name: str, value: object) -> str:
    if name == "on":
        return short_date(date.fromisoformat(str(value)))
    known = {"source": SOURCES, "asked": KINDS, "against": AGAINST, "outcome": OUTCOMES}
    return word(known[name], str(value)) if name in known else str(value)
