"""What surveys know about people: their answers."""

from crm.customers.personal import WHOSE
from crm.personal import CODE, NOTE, Declared, Erase, Tells, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "survey_answer",
        each(NOTE, "comment") | each(CODE, "metric"),
        about=WHOSE,
        erase=Erase.BLANK,
        tells=(Tells("alarm", "t.answer_id"),),
        heading=N_("Answers to surveys"),
    ),
)
