"""What the tables of service levels know about people: nothing."""

from crm.personal import CODE, Declared, each

PERSONAL = (
    Declared("business_calendar", each(CODE, "code name zone country state")),
    Declared("opening_hours"),
    Declared("company_day", each(CODE, "name")),
    Declared("service_level", each(CODE, "code name_de name_en")),
    Declared("service_target", each(CODE, "priority")),
    Declared("calendar_version", each(CODE, "content changed")),
    Declared("service_level_version", each(CODE, "content changed")),
)
