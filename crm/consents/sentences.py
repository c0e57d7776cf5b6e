"""The gate's reasons and the ledger's words as people read them, in the language of the moment."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from crm.consents.ledger import Status
from crm.consents.tables import ConsentEventKind, ConsentSource, LegalBasis
from crm.web.formats import exact, short_date
from crm.web.i18n import N_, _, language

BY_CHANNEL = {
    "email": N_("by e-mail"),
    "phone": N_("by phone"),
    "letter": N_("by letter"),
    "processing": N_("(keeping and evaluating data)"),
}

EVENTS = {
    ConsentEventKind.GIVEN: N_("consent given"),
    ConsentEventKind.CONFIRMED: N_("consent confirmed"),
    ConsentEventKind.REFUSED: N_("consent refused"),
    ConsentEventKind.WITHDRAWN: N_("consent withdrawn"),
    ConsentEventKind.OBJECTED: N_("objection raised"),
    ConsentEventKind.EXPIRED: N_("consent expired"),
}
SOURCES = {
    ConsentSource.WEB_FORM: N_("Web form"),
    ConsentSource.PHONE: N_("On the phone"),
    ConsentSource.PAPER: N_("On paper, signed"),
    ConsentSource.IMPORT: N_("Import"),
    ConsentSource.PREFERENCE_PAGE: N_("Preference page"),
    ConsentSource.OTHER: N_("Otherwise"),
}
EVIDENCE = {
    "file": N_("File"),
    "form": N_("Form"),
    "document": N_("Document"),
    "document_sha256": N_("Checksum of the document (SHA-256)"),
    "ip": N_("IP address"),
    "place": N_("Place"),
    "call": N_("Call"),
    "mailbox": N_("Confirmed from the mailbox"),
    "link_sent_at": N_("Link sent"),
    "renewal_of": N_("New link asked for, after no."),
}
EXPIRIES = {
    "not_confirmed": N_("Nobody confirmed it in time."),
    "time_over": N_("The time for which consent holds for this purpose is over."),
}
FORMS = {"/preferences": N_("Preference page")}
"""Forms of the program's own, by their address."""
_MOMENTS = ("link_sent_at",)
STATUSES = {
    Status.NONE: N_("no consent"),
    Status.PENDING: N_("not confirmed yet"),
    Status.GIVEN: N_("consent given"),
    Status.EXPIRED: N_("consent expired"),
    Status.REFUSED: N_("consent refused"),
    Status.WITHDRAWN: N_("consent withdrawn"),
    Status.OBJECTED: N_("objection raised"),
}
TONES = {
    Status.NONE: "", Status.PENDING: "amber", Status.GIVEN: "good", Status.EXPIRED: "amber", Status.REFUSED: "rust",
    Status.WITHDRAWN: "rust", Status.OBJECTED: "rust",
}  # fmt: skip
BASES = {
    LegalBasis.CONSENT: N_("Consent, GDPR Art. 6 (1) a"),
    LegalBasis.CONTRACT: N_("Contract, GDPR Art. 6 (1) b"),
    LegalBasis.LEGAL_DUTY: N_("Legal duty, GDPR Art. 6 (1) c"),
    LegalBasis.LEGITIMATE_INTEREST: N_("Legitimate interest, GDPR Art. 6 (1) f"),
    LegalBasis.INTERNAL: N_("Internal, to our own staff"),
}

REASONS = {
    "unknown_purpose": N_("Nobody has defined this purpose."),
    "unknown_person": N_("This person does not exist."),
    "restricted": N_("These data are restricted: they are stored and used for nothing else (GDPR Art. 18)."),
    "channel_not_foreseen": N_("“%(purpose)s” is not meant to be sent %(channel)s."),
    "purpose_retired": N_("“%(purpose)s” is retired: nothing goes out for it any more."),
    "internal_staff": N_("This goes to one of our own staff."),
    "internal_stranger": N_("Internal messages go to active members of staff only."),
    "contract": N_("This is part of what was agreed with the customer (GDPR Art. 6 (1) b)."),
    "legal_duty": N_("The law demands this message (GDPR Art. 6 (1) c)."),
    "legitimate_interest": N_("Our legitimate interest suffices until the person objects (GDPR Art. 6 (1) f)."),
    "legitimate_interest_letter": N_("Letters may be sent until the person objects (GDPR Art. 6 (1) f)."),
    "existing_customer": N_("An existing customer may get this by e-mail until they object (UWG § 7 (3))."),
    "consent_given": N_("There is consent since %(since)s (wording %(wording_version)s)."),
    "consent_none": N_("There is no consent for “%(purpose)s” %(channel)s."),
    "consent_pending": N_("The consent of %(since)s has not been confirmed yet."),
    "consent_elsewhere": N_(
        "The consent of %(since)s was confirmed for another e-mail address, not for this one. Send the link to this one too."
    ),
    "consent_expired": N_("The consent expired on %(since)s."),
    "consent_refused": N_("Consent was refused on %(since)s."),
    "consent_withdrawn": N_("The consent was withdrawn on %(since)s."),
    "consent_objected": N_("An objection was raised on %(since)s."),
    "no_address": N_("This is not an address to which mail can be sent."),
}


def reason(code: str, params: Mapping[str, Any], purpose_names: Mapping[str, str] | None = None) -> str:
    """The sentence of a gate's answer. `purpose_names` are the purpose's names by language ("de", "en")."""
    names = purpose_names or {}
    way = BY_CHANNEL.get(str(params.get("channel")), "")
    return _(REASONS[code]) % {
        "purpose": names.get(language.get(), params.get("purpose", "")),
        "channel": _(way) if way else "",
        "since": short_date(datetime.fromisoformat(params["since"])) if params.get("since") else "",
        "wording_version": params.get("wording_version") or "–",
    }


CONDITIONS = {
    "from_sale": (
        N_("The address came with order %(order)s of %(ordered_on)s."),
        N_("Nobody has recorded a purchase with which the address came."),
    ),
    "own_similar": (
        N_("“%(purpose)s” advertises our own similar goods and services only."),
        N_("“%(purpose)s” is not kept for our own similar goods and services."),
    ),
    "no_objection": (N_("Nobody has objected."), N_("Somebody has said no.")),
    "told": (
        N_("The customer was told of the right to object on %(told_on)s, and is told again in each mail."),
        N_("It is not on record that the customer was told of the right to object when the address was collected."),
    ),
}
"""The conditions of UWG § 7 (3), met and not met."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of UWG § 7 (3), by its number in the law."""

    number: int
    is_met: bool
    sentence: str


def conditions(params: Mapping[str, Any], purpose_names: Mapping[str, str] | None = None) -> list[Condition]:
    """The four conditions as the gate decided them, one by one; nothing where they were not asked about."""
    met: Mapping[str, bool] = params.get("conditions") or {}
    names = purpose_names or {}
    values = {
        "order": params.get("order") or "–",
        "purpose": names.get(language.get(), params.get("purpose", "")),
        **{part: _day(params.get(part)) for part in ("ordered_on", "told_on")},
    }
    return [
        Condition(number, met[code], _(CONDITIONS[code][0 if met[code] else 1]) % values)
        for number, code in enumerate(CONDITIONS, start=1)
        if code in met
    ]


def _day(text: Any) -> str:
    return short_date(date.fromisoformat(text)) if text else "–"


def evidence_lines(evidence: str | None, without: Collection[str] = ("document_sha256",)) -> list[str]:
    """What proves an event (the JSON of its payload), a line for each part; a note stands for itself. `without` are parts that need no
    line: the page names a document by its link, and its checksum is for the print."""
    parts: dict[str, str] = msgspec.json.decode(evidence, type=dict[str, str]) if evidence else {}
    return [_evidence_line(name, text) for name, text in parts.items() if name not in without]


def _evidence_line(name: str, text: str) -> str:
    if name == "note":
        return text
    if name == "expiry" and text in EXPIRIES:
        return _(EXPIRIES[text])
    shown = _(FORMS[text]) if name == "form" and text in FORMS else text
    if name in _MOMENTS:
        with contextlib.suppress(ValueError):
            shown = exact(datetime.fromisoformat(text))
    return f"{_(EVIDENCE[name]) if name in EVIDENCE else name}: {shown}"


def status_words(status: Status, channel: str, *, is_advertising: bool) -> str:
    """The state of a purpose on a channel. A letter needs no consent until somebody says no (see rules.py)."""
    if status == Status.NONE and channel == "letter" and is_advertising:
        return _("allowed until an objection")
    return _(STATUSES[status])
