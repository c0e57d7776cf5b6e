"""What the tables of retention know about people: nothing."""

from crm.personal import CODE, STAFF, Declared, each

PERSONAL = (
    Declared("retention_rule", each(CODE, "code unit reason_de reason_en approved")),
    Declared("retention_run", each(STAFF, "worker")),
    Declared("retention_result", each(CODE, "code held")),
)
