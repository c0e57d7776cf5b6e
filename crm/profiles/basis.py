"""May this attribute be kept about this person or organisation? The decision, from facts alone."""

from __future__ import annotations

from dataclasses import dataclass

from crm.consents.ledger import Status
from crm.consents.tables import LegalBasis
from crm.profiles.tables import About


@dataclass(frozen=True, slots=True)
class BasisFacts:
    """Everything that the decision rests on. `holding` are the ledger's events by which the consent to the purpose is in
    force, `explicit` those of them that the person gave expressly; `consent` is the state that says why there are none.
    `contract` is the contract or order for which the attribute is needed, `note` the law or interest in the catalogue."""

    about: About
    legal_basis: str
    is_organisation: bool = False
    is_special: bool = False
    is_retired: bool = False
    is_restricted: bool = False
    consent: Status = Status.NONE
    holding: tuple[int, ...] = ()
    explicit: tuple[int, ...] = ()
    has_said_no: bool = False
    contract: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Yes or no, why as a code (see sentences.py), and for a yes what is stated: the basis, and the consent events or the
    reference on which it rests. `basis` is empty for what is no personal data."""

    allowed: bool
    code: str
    basis: str = ""
    events: tuple[int, ...] = ()
    reference: str = ""


def decide(facts: BasisFacts) -> Verdict:
    """GDPR Art. 6 (1) a, b, c, f for personal data, Art. 9 (2) a for special categories, Art. 18 for what is restricted.
    What describes an organisation itself is not personal data and needs no basis."""
    if facts.is_retired:
        return Verdict(False, "retired")
    if facts.about is (About.PERSON if facts.is_organisation else About.ORGANISATION):
        return Verdict(False, "only_persons" if facts.is_organisation else "only_organisations")
    if facts.is_restricted:
        return Verdict(False, "restricted")
    if facts.is_organisation:
        return Verdict(True, "not_personal")
    match facts.legal_basis:
        case LegalBasis.CONSENT:
            return _with_consent(facts)
        case LegalBasis.CONTRACT:
            return _referring(facts, facts.contract, "no_contract")
        case LegalBasis.LEGAL_DUTY:
            return _referring(facts, facts.note, "no_note")
        case LegalBasis.LEGITIMATE_INTEREST:
            return Verdict(False, "objected") if facts.has_said_no else _referring(facts, facts.note, "no_note")
    return Verdict(False, "no_basis")


def _with_consent(facts: BasisFacts) -> Verdict:
    events = facts.explicit if facts.is_special else facts.holding
    if events:
        return Verdict(True, "allowed", LegalBasis.CONSENT, events)
    if facts.holding:
        return Verdict(False, "not_explicit")
    if facts.consent in (Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED):
        return Verdict(False, "consent_taken_back")
    if facts.consent is Status.PENDING:
        return Verdict(False, "consent_pending")
    return Verdict(False, "consent_expired" if facts.consent is Status.EXPIRED else "no_consent")


def _referring(facts: BasisFacts, reference: str, missing: str) -> Verdict:
    if facts.is_special or not reference.strip():
        return Verdict(False, "special_needs_consent" if facts.is_special else missing)
    return Verdict(True, "allowed", facts.legal_basis, reference=reference.strip())


def may_profile(
    *, is_organisation: bool, is_restricted: bool, is_deleted: bool, demanded: str, explicit_consent: bool, has_said_no: bool
) -> str:  # fmt: skip
    """Why a customer gets no score, as a code; empty if they may be scored. Organisations freely; private persons with
    their explicit consent (Art. 22 (2) c), or, if the officer has set that, on legitimate interest until they say no
    (Art. 6 (1) f, Art. 21). `demanded` is one of the two legal bases."""
    if is_deleted:
        return "deleted"
    if is_restricted:
        return "restricted"
    if is_organisation:
        return ""
    if demanded == LegalBasis.LEGITIMATE_INTEREST:
        return "objected" if has_said_no else ""
    return "" if explicit_consent else "no_profiling_consent"
