"""What attributes and scores know about people."""

from crm.customers.personal import OF_CUSTOMER, WHOSE
from crm.personal import CODE, NOTE, VALUE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "attribute",
        each(
            CODE,
            "code name_de name_en hint_de hint_en kind data_type about purpose legal_basis basis_note retention_unit roles",
        ),
    ),
    Declared("attribute_choice", each(CODE, "code name_de name_en")),
    Declared(
        "attribute_basis",
        each(CODE, "purpose basis") | each(VALUE, "reference"),
        about="t.person = ANY($1)",
        erase=Erase.DELETE,
        heading=N_("Bases of attributes"),
    ),
    Declared(
        "attribute_value",
        each(VALUE, "text number on_date flag") | each(CODE, "source"),
        about=WHOSE,
        erase=Erase.DELETE,
        heading=N_("Attributes"),
    ),
    Declared("score_settings", each(CODE, "profiling_basis")),
    Declared("score_run", each(CODE, "status profiling_basis")),
    Declared(
        "customer_score",
        each(VALUE, "abc_class computed_class rfm"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Scores (profiling)"),
    ),
    Declared(
        "score_change",
        each(VALUE, "abc_class computed_class rfm"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Earlier scores"),
    ),
    Declared(
        "score_review",
        each(NOTE, "request reason taken_back_reason") | each(VALUE, "computed_class decided_class"),
        about=OF_CUSTOMER,
        erase=Erase.DELETE,
        heading=N_("Human reviews of scores"),
    ),
)
