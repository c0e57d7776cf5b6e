"""What customers themselves answer after a contact."""

from enum import StrEnum

from piccolo.columns import BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.customers.tables import Customer, Person
from crm.tickets.tables import Ticket
from crm.touchpoints.tables import Touchpoint


class Metric(StrEnum):
    """NPS 0-10, CSAT 1-5, effort 1-7; never bent onto one axis."""

    NPS = "nps"
    CSAT = "csat"
    EFFORT = "effort"


class SurveyAnswer(Table, tablename="survey_answer"):
    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=True, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    touchpoint = ForeignKey(Touchpoint, null=True, on_delete=OnDelete.restrict)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.set_null)
    metric = Varchar(6, choices=Metric)
    score = Integer()
    comment = Text(default="")
    at = Timestamptz(default=None, null=True)
