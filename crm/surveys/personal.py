"""What surveys know about people: who was asked, and what they answered."""

from crm.customers.personal import WHOSE
from crm.personal import CODE, NOTE, VALUE, Declared, Erase, Tells, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("survey", each(NOTE, "name intro_de intro_en") | each(CODE, "audience occasion status"), heading=N_("Surveys")),
    Declared("survey_question", each(NOTE, "text_de text_en") | each(CODE, "kind"), heading=N_("Surveys")),
    Declared(
        "survey_invitation",
        each(VALUE, "address") | each(CODE, "event language state reason"),
        about="t.person_id = ANY($1) OR t.customer_id = ANY($2) OR lower(t.address) = ANY($3)",
        erase=Erase.BLANK,
        heading=N_("Invitations to surveys"),
    ),
    Declared(
        "survey_answer",
        each(NOTE, "comment") | each(CODE, "metric"),
        about=WHOSE,
        erase=Erase.BLANK,
        tells=(Tells("alarm", "t.answer_id"), Tells("survey_reply", "t.response", "t.response")),
        heading=N_("Answers to surveys"),
    ),
    Declared(
        "survey_reply", each(NOTE, "text"), erase=Erase.BLANK, heading=N_("Further answers to surveys"),
    ),
    Declared("survey_response", each(CODE, "source")),
    Declared("interview_note", each(NOTE, "text") | each(CODE, "speaker"), heading=N_("Notes of interviews")),
)  # fmt: skip
