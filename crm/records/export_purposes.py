"""What customer data are exported for, and the basis that each purpose needs. Pure.

GDPR Art. 6 (1): b contract (and steps before one, at the person's request), c legal duty, f legitimate interest; a consent and
UWG § 7 for advertising, as the gate decides it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from crm.consents.tables import PROCESSING, LegalBasis
from crm.customers.tables import CustomerStatus
from crm.web.i18n import N_


class Basis(StrEnum):
    """On what the export of a person rests."""

    CONTRACT_OR_INTEREST = "contract_or_interest"
    CONTRACT = "contract"
    LEGAL_DUTY = "legal_duty"
    INTEREST = "interest"
    GATE = "gate"


class RecipientKind(StrEnum):
    INTERNAL = "internal"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class ExportPurpose:
    """A purpose to choose. For those that the gate decides, `consent_purpose` and `channel` are its question."""

    code: str
    label: str
    basis: Basis
    consent_purpose: str = ""
    channel: str = ""


FIXED = (
    ExportPurpose("internal", N_("Work within the company"), Basis.CONTRACT_OR_INTEREST),
    ExportPurpose("contract", N_("Fulfilling a contract (delivery, invoice, installation)"), Basis.CONTRACT),
    ExportPurpose("legal_duty", N_("Legal duty (tax office, audit)"), Basis.LEGAL_DUTY),
    ExportPurpose("other", N_("Something else, on legitimate interest"), Basis.INTEREST),
)

LEFT_OUT = {
    "no_contract": N_("No contract: prospects and former customers"),
    "objected": N_("The person has objected"),
    "no_address": N_("No address on this channel"),
    "consent_none": N_("No consent"),
    "consent_pending": N_("Consent not confirmed yet"),
    "consent_expired": N_("Consent expired"),
    "consent_refused": N_("Consent refused"),
    "consent_withdrawn": N_("Consent withdrawn"),
    "consent_objected": N_("The person has objected"),
    "channel_not_foreseen": N_("Not foreseen on this channel"),
    "unknown_purpose": N_("Nobody has defined this purpose"),
}
"""Why persons are left out, by code."""

_ATTRIBUTES = {
    Basis.CONTRACT_OR_INTEREST: (LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTEREST),
    Basis.CONTRACT: (LegalBasis.CONTRACT,), Basis.LEGAL_DUTY: (LegalBasis.LEGAL_DUTY,),
    Basis.INTEREST: (LegalBasis.LEGITIMATE_INTEREST,),
}  # fmt: skip

REFUSED_INTEREST = frozenset({"consent_objected", "consent_refused", "consent_withdrawn"})


def purposes_of(catalogue: Iterable[Any]) -> list[ExportPurpose]:
    """The purposes to choose from: the fixed ones, and each advertising or survey purpose of the catalogue per channel."""
    asked = [
        ExportPurpose(f"{row.code}:{channel}", row.code, Basis.GATE, row.code, channel)
        for row in catalogue
        if row.legal_basis == LegalBasis.CONSENT
        for channel in row.channels.split(",")
    ]
    return [*FIXED, *asked]


def without_gate(basis: Basis, status: str, *, has_objected: bool) -> str:
    """Why a person at a customer of this status is left out; empty if there is a basis. Whoever is a customer has a
    contract; work within the company may also rest on legitimate interest, until the person objects (GDPR Art. 21)."""
    if basis is Basis.LEGAL_DUTY:
        return ""
    is_customer = status == CustomerStatus.CUSTOMER
    if basis is Basis.CONTRACT:
        return "" if is_customer else "no_contract"
    if basis is Basis.CONTRACT_OR_INTEREST and is_customer:
        return ""
    return "objected" if has_objected else ""


def hidden_parts(channel: str) -> frozenset[str]:
    """Ways to reach somebody that this purpose does not need: a newsletter list has no telephone numbers in it (GDPR
    Art. 5 (1) c). A purpose for which nothing is sent is about no channel."""
    return frozenset({"email", "phone"} - {channel}) if channel not in ("", PROCESSING) else frozenset()


def attribute_fits(purpose: ExportPurpose, attribute_purpose: str, legal_basis: str) -> bool:
    """Whether an attribute of a person may go along (GDPR Art. 5 (1) b): kept by consent only for the very purpose of the
    consent; else where the export rests on the basis that the attribute does."""
    if purpose.basis is Basis.GATE:
        return attribute_purpose == purpose.consent_purpose
    return legal_basis in _ATTRIBUTES[purpose.basis]
