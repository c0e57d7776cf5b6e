"""What intended journeys know about people: nothing of customers; they are what staff plan."""

from crm.personal import CODE, NOTE, Declared, each

PERSONAL = (
    Declared("intended_journey", each(NOTE, "name goal") | each(CODE, "segment")),
    Declared("intended_step", each(NOTE, "note") | each(CODE, "channels")),
    Declared("journey_draft", each(NOTE, "answers") | each(CODE, "question")),
)
