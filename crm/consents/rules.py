"""May this message go out? The gate's decision, from facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crm.consents.ledger import NOES, State, Status
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
    is_own_similar: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one address came from: the sale with which it came (empty: nobody knows of one that stands), and the day on which the
    customer was told of the right to object when it was collected."""

    order: str = ""
    ordered_on: date | None = None
    told_on: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the decision rests on."""

    purpose: PurposeFacts | None
    channel: str
    state: State = NOTHING
    is_known: bool = True
    is_restricted: bool = False
    is_own_staff: bool = False
    origins: tuple[Origin, ...] = ()
    """Of each e-mail address that is meant; empty where none is."""


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
    and phone, with existing customers under its (3); Art. 18 restriction.
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
    """Consent decides. Advertising may also go to an existing customer by e-mail (UWG § 7 (3)), and by letter on legitimate interest
    (GDPR Art. 6 (1) f with recital 47: direct advertising; UWG § 7 asks for consent on e-mail and phone only), until the person
    says no."""
    if facts.state.status == Status.GIVEN:
        return Decision(True, "consent", "consent_given", _since(facts))
    if facts.channel == "letter" and facts.purpose and facts.purpose.is_advertising:
        return _unless_refused(facts, "legitimate_interest_letter")
    if facts.channel == "email" and facts.purpose and facts.purpose.is_advertising:
        return _to_existing_customer(facts)
    return _without_consent(facts)


def _without_consent(facts: Facts) -> Decision:
    if facts.state.status == Status.NONE:
        return Decision(False, "", "consent_none", _about(facts))
    if facts.state.status == Status.PENDING and facts.state.mailbox:
        return Decision(False, "", "consent_elsewhere", _since(facts))
    return Decision(False, "", f"consent_{facts.state.status.value}", _since(facts))


CONDITIONS = ("from_sale", "own_similar", "no_objection", "told")
"""Those of UWG § 7 (3) no. 1 to 4, in this order."""


def existing_customer(facts: Facts) -> dict[str, bool]:
    """The four conditions under which a customer may get advertising by e-mail without consent (UWG § 7 (3)), each on its own:

    1. the address was received from the customer with a sale of goods or services: an order that stands is named for it;
    2. it is used for our own similar goods or services: the purpose is kept for such advertising;
    3. the customer has not objected: no refusal, withdrawal or objection about this purpose;
    4. they were told clearly of the right to object when the address was collected, which is on record with its day, and are told with
       each use: every mail of such a purpose says it at its foot, without exception (sending.py).

    Several addresses (a person is asked about as a whole) meet a condition only if each of them does.
    """
    return {
        "from_sale": bool(facts.origins) and all(origin.order for origin in facts.origins),
        "own_similar": facts.purpose is not None and facts.purpose.is_own_similar,
        "no_objection": facts.state.status not in NOES,
        "told": bool(facts.origins) and all(origin.told_on is not None for origin in facts.origins),
    }


def _to_existing_customer(facts: Facts) -> Decision:
    """All four conditions, or the answer that consent alone gives; the conditions are kept with either."""
    met = existing_customer(facts)
    told = {"conditions": met, **_of_sale(facts.origins)}
    if all(met.values()):
        return Decision(True, "existing_customer", "existing_customer", {**_about(facts), **told})
    refusal = _without_consent(facts)
    return Decision(False, "", refusal.code, {**refusal.params, **told})


def _of_sale(origins: tuple[Origin, ...]) -> dict[str, Any]:
    """What a sentence names of the first address."""
    first = next(iter(origins), Origin())
    return {
        "order": first.order,
        "ordered_on": first.ordered_on.isoformat() if first.ordered_on else "",
        "told_on": first.told_on.isoformat() if first.told_on else "",
    }


def _unless_refused(facts: Facts, code: str) -> Decision:
    if facts.state.status in NOES:
        return Decision(False, "", f"consent_{facts.state.status.value}", _since(facts))
    return Decision(True, "legitimate_interest", code, _about(facts))


def _about(facts: Facts) -> dict[str, Any]:
    return {"purpose": facts.purpose.code if facts.purpose else "", "channel": facts.channel}


def _since(facts: Facts) -> dict[str, Any]:
    since = facts.state.since.isoformat() if facts.state.since else ""
    return {**_about(facts), "since": since, "wording_version": facts.state.wording_version}
