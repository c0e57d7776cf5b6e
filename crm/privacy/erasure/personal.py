"""What the tables of erasures know about people: next to nothing, and that goes with the erasure itself (finishing.py)."""

from crm.personal import CODE, DERIVED, NOTE, SECRET, VALUE, Declared, each

PERSONAL = (
    Declared("keeping_duty", each(CODE, "code name_de name_en law_de law_en")),
    Declared("legal_hold", each(VALUE, "reason lifted_reason")),
    Declared(
        "erasure",
        each(DERIVED, "persons customers needles")
        | each(CODE, "uid status language found files certificate_hash by_rule")
        | each(NOTE, "note")
        | each(SECRET, "fingerprint"),
    ),
    Declared("erasure_row", each(CODE, "table_name treatment duty")),
    Declared(
        "erasure_mention", each(CODE, "table_name column_name decision") | each(NOTE, "reason") | each(SECRET, "digest")
    ),
)
