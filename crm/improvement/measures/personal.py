"""What measures know about people: nothing of customers by itself; texts of staff, which may name somebody."""

from crm.personal import CODE, NOTE, Declared, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "measure",
        each(NOTE, "name goal expected_effect drop_reason") | each(CODE, "metric level status stage"),
        heading=N_("Measures"),
    ),
    Declared("measure_task", each(NOTE, "text"), heading=N_("Measures")),
    Declared("measure_feedback"),
    Declared("improvement_programme"),
)
