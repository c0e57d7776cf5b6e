"""What notices to staff know about people: the name and subject that they tell of."""

from crm.personal import CODE, DERIVED, STAFF, VALUE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "notification",
        each(CODE, "kind link") | each(VALUE, "detail") | each(DERIVED, "dedupe_key"),
        erase=Erase.DELETE,
        heading=N_("Notices to staff"),
    ),
    Declared("notification_preference", each(STAFF, "follow_ups enquiries alarms others")),
)
