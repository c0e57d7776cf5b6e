"""What approved answers know about people: which words of an enquiry matched."""

from crm.personal import CODE, NOTE, Declared, Erase, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_

PERSONAL = (
    Declared("approved_answer"),
    Declared("answer_version", each(CODE, "title_de title_en questions_de questions_en text_de text_en")),
    Declared("level_zero"),
    Declared(
        "automatic_answer",
        each(CODE, "language ended_by") | each(NOTE, "words"),
        about=OF_TICKET,
        erase=Erase.BLANK,
        heading=N_("Automatic answers"),
    ),
)
