"""What a purpose may say, and what of it must not be changed once people have relied on it. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from crm.consents.tables import CHANNELS, PROCESSING, LegalBasis
from crm.web.i18n import N_, _

SHIPPED = frozenset({
    "service", "correspondence", "contract", "account", "privacy", "confirmation", "newsletter", "offers", "survey", "advice",
    "profiling",
})  # fmt: skip
"""The purposes that the program itself asks for by their code: they stay, and their meaning stays."""

LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "code": N_("Code"), "legal_basis": N_("Legal basis"),
    "channels": N_("Channels"), "is_advertising": N_("Advertising"), "needs_confirmation": N_("Must be confirmed by e-mail"),
    "retention_months": N_("Data are kept for"), "consent_months": N_("A consent holds for"), "position": N_("Place in the list"),
    "is_own_similar": N_("Own similar goods and services only"),
    "wording_de": N_("Wording in German"), "wording_en": N_("Wording in English"),
}  # fmt: skip

ALL_CHANNELS = (*CHANNELS, PROCESSING)
LONGEST_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class PurposeData:
    """What is defined about a purpose beside its code; times in months, None for no fixed time."""

    name_de: str
    name_en: str
    legal_basis: LegalBasis
    channels: tuple[str, ...]
    is_advertising: bool
    needs_confirmation: bool
    retention_months: int | None
    consent_months: int | None
    position: int
    is_own_similar: bool = False


def mistakes_in(data: PurposeData) -> dict[str, str]:
    """What the law or common sense has against it, by field.

    Advertising by e-mail and phone needs consent (UWG § 7 (2)), only letters may rest on legitimate interest (GDPR recital 47); by
    e-mail the consent has to be confirmed, or it cannot be proved (BGH I ZR 164/09).
    """
    errors = {}
    reaches = set(data.channels) & {"email", "phone"}
    if not data.channels:
        errors["channels"] = _("Choose at least one channel.")
    if data.is_advertising and data.legal_basis != LegalBasis.CONSENT:
        if data.legal_basis != LegalBasis.LEGITIMATE_INTEREST:
            errors["legal_basis"] = _("Advertising rests on consent, or, by letter, on legitimate interest.")
        elif reaches:
            errors["legal_basis"] = _("Advertising by e-mail or phone needs consent (UWG § 7).")
    if (
        data.is_advertising
        and data.legal_basis == LegalBasis.CONSENT
        and "email" in data.channels
        and not data.needs_confirmation
    ):
        errors["needs_confirmation"] = _("Advertising by e-mail counts only once it is confirmed (BGH I ZR 164/09).")
    if data.is_own_similar and not (
        data.is_advertising and data.legal_basis == LegalBasis.CONSENT and "email" in data.channels
    ):
        errors["is_own_similar"] = _("This is about advertising by e-mail that otherwise needs consent (UWG § 7 (3)).")
    if data.consent_months is not None and data.legal_basis != LegalBasis.CONSENT:
        errors["consent_months"] = _("Only a consent can be limited in time. Leave this empty.")
    return errors


def rewriting(before: PurposeData, after: PurposeData, *, used: Collection[str], is_shipped: bool) -> dict[str, str]:
    """Why a change is refused, by field: what people have said must go on meaning what it meant, and what the program sends under
    a purpose of its own rests on what that purpose is. `used` are the channels of which the ledger holds events."""
    errors = {}
    gone = [channel for channel in before.channels if channel not in after.channels]
    if is_shipped:
        sentence = _("This purpose came with the program, which relies on it. Add a purpose of your own instead.")
        errors.update(_fixed(before, after, sentence))
        if gone:
            errors["channels"] = _("This purpose came with the program: channels can be added, none taken away.")
    if used:
        sentence = _(
            "The ledger holds events for this purpose: what people said to it would mean something else. "
            "Add a new purpose and retire this one."
        )
        errors.update(_fixed(before, after, sentence))
        if set(gone) & set(used):
            errors["channels"] = _(
                "The ledger holds events on a channel that you want to take away: they would no longer be seen. "
                "Leave the channel, or add a new purpose."
            )
    return errors


def _fixed(before: PurposeData, after: PurposeData, sentence: str) -> dict[str, str]:
    return {
        name: sentence
        for name in ("legal_basis", "is_advertising", "needs_confirmation")
        if getattr(before, name) != getattr(after, name)
    }
