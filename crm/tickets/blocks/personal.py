"""What text blocks know about people: nothing, they are texts for everybody; an answer goes with what it was made from."""

from crm.personal import CODE, Declared, each

PERSONAL = (
    Declared("text_block", each(CODE, "name_de name_en body_de body_en")),
    Declared("answer_source"),
)
