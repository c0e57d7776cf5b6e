"""What the monthly reports know about people: nothing, they are figures."""

from crm.personal import CODE, STAFF, Declared, each

PERSONAL = (
    Declared("report_run", each(CODE, "scope language status pdf_hash error") | each(STAFF, "note figures")),
    Declared("report_reader", each(STAFF, "language")),
    Declared("rollup_mark", {}),
    Declared("rollup_zone", each(CODE, "zone")),
    Declared("contact_day", each(CODE, "channel direction")),
    Declared("touchpoint_day", {}),
    Declared("answer_day", each(CODE, "metric")),
    Declared("score_day", each(CODE, "metric")),
)
