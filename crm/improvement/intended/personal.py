"""What intended journeys know about people: nothing of customers; they are what staff plan."""

from crm.personal import CODE, NOTE, Declared, each
from crm.web.i18n import N_

PERSONAL = (
    Declared("intended_journey", each(NOTE, "name goal") | each(CODE, "segment"), heading=N_("Intended journeys")),
    Declared("intended_step", each(NOTE, "note") | each(CODE, "channels"), heading=N_("Intended journeys")),
    Declared("journey_draft", each(NOTE, "answers") | each(CODE, "question"), heading=N_("Intended journeys")),
)
