"""What the tables of consents know about people: the ledger and what was stated in it."""

from crm.consents.chain import KEY_SQL
from crm.personal import CODE, DERIVED, NOTE, SECRET, VALUE, Declared, Duty, Erase, Tells, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("purpose", each(CODE, "code name_de name_en legal_basis channels")),
    Declared("wording", each(CODE, "language text")),
    Declared(
        "consent_event",  # nothing in it tells of a person but its payload; the chain must stay whole
        each(CODE, "purpose channel event source") | each(SECRET, "address_key payload_hash previous_hash hash"),
        about=(
            "t.person_id = ANY($1) OR t.person_id IS NULL "
            f"AND t.address_key IN (SELECT {KEY_SQL.format(address='a')} FROM unnest($3) a)"
        ),
        erase=Erase.STAYS,
        tells=(Tells("consent_payload", "t.id", "t.payload_id"),),
        heading=N_("Consents, refusals and objections"),
    ),
    Declared(
        "consent_payload",
        each(VALUE, "fields name sha256") | each(SECRET, "salt") | each(CODE, "media_type"),
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="(SELECT max(e.recorded_at) FROM consent_event e WHERE e.payload_id = t.id)",
        files=("sha256",),
        heading=N_("Evidence of consents"),
    ),
    Declared(
        "consent_confirmation",
        each(VALUE, "address") | each(CODE, "purpose language") | each(SECRET, "token_hash"),
        about="t.person_id = ANY($1) OR lower(t.address) = ANY($3)",
        erase=Erase.DELETE,
        heading=N_("Links by which consents are confirmed"),
    ),
    Declared(
        "preference_link",
        each(DERIVED, "subject") | each(VALUE, "address"),
        about="t.person_id = ANY($1) OR t.person_id IS NULL AND lower(t.address) = ANY($3)",
        erase=Erase.DELETE,
        heading=N_("Links to the preference page"),
    ),
    Declared(
        "address_origin",
        each(SECRET, "address_key") | each(NOTE, "how"),
        about=f"t.address_key IN (SELECT {KEY_SQL.format(address='a')} FROM unnest($3) a)",
        erase=Erase.DELETE,
        heading=N_("Purchases with which your addresses came"),
    ),
    Declared("ledger_check", each(SECRET, "last_hash")),
)
