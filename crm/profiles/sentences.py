"""Why an attribute may or may not be kept, in words that say what to do."""

from __future__ import annotations

from crm.consents.tables import LegalBasis
from crm.profiles.definitions import Definition
from crm.web.i18n import N_, _

BASES = {
    LegalBasis.CONSENT: N_("Consent, GDPR Art. 6 (1) a"),
    LegalBasis.CONTRACT: N_("Contract, GDPR Art. 6 (1) b"),
    LegalBasis.LEGAL_DUTY: N_("Legal duty, GDPR Art. 6 (1) c"),
    LegalBasis.LEGITIMATE_INTEREST: N_("Legitimate interest, GDPR Art. 6 (1) f"),
}
SHORT_BASES = {
    LegalBasis.CONSENT: N_("Consent"),
    LegalBasis.CONTRACT: N_("Contract"),
    LegalBasis.LEGAL_DUTY: N_("Legal duty"),
    LegalBasis.LEGITIMATE_INTEREST: N_("Legitimate interest"),
}

REFUSALS = {
    "retired": N_("“%(attribute)s” is not used any more. Choose another attribute."),
    "only_persons": N_("“%(attribute)s” describes persons. Enter it with a person of this organisation."),
    "only_organisations": N_("“%(attribute)s” describes organisations, not persons."),
    "restricted": N_("These data are restricted: they are stored and used for nothing else (GDPR Art. 18)."),
    "no_consent": N_(
        "“%(attribute)s” needs the consent of %(name)s to “%(purpose)s”, and there is none. Record it under “Consents” first."
    ),
    "consent_pending": N_(
        "%(name)s has not confirmed the consent to “%(purpose)s” yet. Save “%(attribute)s” once it is confirmed."
    ),
    "consent_taken_back": N_(
        "%(name)s does not want data to be used for “%(purpose)s”. “%(attribute)s” may not be kept."
    ),
    "consent_expired": N_(
        "The consent of %(name)s to “%(purpose)s” has expired. Ask for it again and record it first."
    ),
    "not_explicit": N_(
        "“%(attribute)s” is a special category (GDPR Art. 9) and needs the explicit consent of %(name)s: in a form, on paper "
        "or on the phone. An import or hearsay is not enough."
    ),
    "special_needs_consent": N_(
        "“%(attribute)s” is a special category (GDPR Art. 9): only the explicit consent of %(name)s allows it."
    ),
    "no_contract": N_(
        "“%(attribute)s” rests on a contract, and %(name)s has none yet. Name the contract or order for which it is needed."
    ),
    "no_note": N_(
        "The catalogue does not say on which law or interest “%(attribute)s” rests. Have it completed there."
    ),
    "objected": N_("%(name)s has objected to “%(purpose)s”. “%(attribute)s” may not be kept."),
    "no_basis": N_("“%(attribute)s” has no legal basis. Have it defined in the catalogue."),
    "ended_meanwhile": N_(
        "The basis for “%(attribute)s” has just ended: %(name)s has withdrawn. The value was not saved."
    ),
}


def refusal(code: str, definition: Definition, name: str) -> str:
    """The sentence of a refusal; `name` is the person's or the organisation's."""
    words = {"attribute": definition.name, "purpose": definition.purpose_name, "name": name}
    return _(REFUSALS[code]) % words
