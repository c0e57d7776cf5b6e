"""What measures know about people: nothing of customers by itself; texts of staff, which may name somebody."""

from crm.personal import CODE, NOTE, Declared, each

PERSONAL = (
    Declared(
        "measure",
        each(NOTE, "name goal expected_effect drop_reason") | each(CODE, "metric level status stage"),
    ),
    Declared("measure_task", each(NOTE, "text")),
    Declared("measure_feedback"),
    Declared("improvement_programme"),
)
