"""What the monthly reports know about people: nothing, they are figures."""

from crm.personal import CODE, STAFF, Declared, each

PERSONAL = (
    Declared("report_run", each(CODE, "scope language status pdf_hash error") | each(STAFF, "note figures scope_name")),
    Declared("report_reader", each(STAFF, "language") | each(CODE, "scope")),
    Declared("report_scope", each(CODE, "scope")),
    Declared("rollup_mark", {}),
    Declared("rollup_zone", each(CODE, "zone")),
    Declared("contact_day", each(CODE, "channel direction")),
    Declared("touchpoint_day", {}),
    Declared("answer_day", each(CODE, "metric")),
    Declared("score_day", each(CODE, "metric")),
)
