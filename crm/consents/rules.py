"""May this message go out? The gate's decision, from facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.consents.ledger import State, Status
from crm.consents.tables import LegalBasis

NOTHING = State()

NOT_STOPPED_BY_RESTRICTION = (LegalBasis.LEGAL_DUTY, LegalBasis.INTERNAL)


@dataclass(frozen=True, slots=True)
class PurposeFacts:
    """What the catalogue says about a purpose. `name` is in the reader's language."""

    code: str
    legal_basis: LegalBasis
    is_advertising: bool
    needs_confirmation: bool
    channels: frozenset[str]
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the decision rests on."""

    purpose: PurposeFacts | None
    channel: str
    state: State = NOTHING
    is_known: bool = True
    is_restricted: bool = False
    is_own_staff: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, on which basis, and why as a code with its parameters (see sentences.py)."""

    allowed: bool
    basis: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


def decide(facts: Facts) -> Decision:
    """The gate's answer. Whatever is not allowed by a basis is refused, always with its reason.

    Bases: GDPR Art. 6 (1) a consent, b contract, c legal duty, f legitimate interest; UWG § 7 for advertising by e-mail
    and phone; Art. 18 restriction. Existing customers under UWG § 7 (3) are not among them yet.
    """
    purpose = facts.purpose
    if purpose is None:
        return Decision(False, "", "unknown_purpose")
    if not facts.is_known:
        return Decision(False, "", "unknown_person")
    if facts.is_restricted and purpose.legal_basis not in NOT_STOPPED_BY_RESTRICTION:
        return Decision(False, "", "restricted")
    if purpose.is_retired or facts.channel not in purpose.channels:
        code = "purpose_retired" if purpose.is_retired else "channel_not_foreseen"
        return Decision(False, "", code, {"purpose": purpose.code, "channel": facts.channel})
    match purpose.legal_basis:
        case LegalBasis.INTERNAL:
            return Decision(
                facts.is_own_staff,
                "internal" if facts.is_own_staff else "",
                f"internal_{'staff' if facts.is_own_staff else 'stranger'}",
            )
        case LegalBasis.CONTRACT:
            return Decision(True, "contract", "contract")
        case LegalBasis.LEGAL_DUTY:
            return Decision(True, "legal_duty", "legal_duty")
        case LegalBasis.LEGITIMATE_INTEREST:
            return _unless_refused(facts, "legitimate_interest")
        case LegalBasis.CONSENT:
            return _with_consent(facts)


def _with_consent(facts: Facts) -> Decision:
    """Consent decides; a letter may also go out on legitimate interest (GDPR Art. 6 (1) f with recital 47: direct
    advertising; UWG § 7 asks for consent on e-mail and phone only), until the person says no."""
    if facts.state.status == Status.GIVEN:
        return Decision(True, "consent", "consent_given", _since(facts))
    if facts.channel == "letter" and facts.purpose and facts.purpose.is_advertising:
        return _unless_refused(facts, "legitimate_interest_letter")
    if facts.state.status == Status.NONE:
        return Decision(False, "", "consent_none", _about(facts))
    return Decision(False, "", f"consent_{facts.state.status.value}", _since(facts))


def _unless_refused(facts: Facts, code: str) -> Decision:
    if facts.state.status in (Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED):
        return Decision(False, "", f"consent_{facts.state.status.value}", _since(facts))
    return Decision(True, "legitimate_interest", code, _about(facts))


def _about(facts: Facts) -> dict[str, Any]:
    return {"purpose": facts.purpose.code if facts.purpose else "", "channel": facts.channel}


def _since(facts: Facts) -> dict[str, Any]:
    since = facts.state.since.isoformat() if facts.state.since else ""
    return {**_about(facts), "since": since, "wording_version": facts.state.wording_version}
