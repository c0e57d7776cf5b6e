"""What assessments know about people: nothing of customers. The name of a round is the company's own."""

from crm.personal import STAFF, Declared, each

PERSONAL = (
    Declared("assessment_round", each(STAFF, "name")),
    Declared("assessed_touchpoint"),
    Declared("assessment"),
)
