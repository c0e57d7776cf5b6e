"""What agents can do and may decide, when they work, and what was passed on in their absence."""

from piccolo.columns import BigSerial, ForeignKey, Integer, Time, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.tickets.tables import Ticket, Topic


class AgentProfile(Table, tablename="agent_profile"):
    """What routing must know about an agent. Languages and channels are comma-separated codes; empty means all. `load`
    is the number of their busy tickets; the database itself keeps it (trigger keep_agent_load), so that whoever claims a
    place reads and takes it in one step."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    capacity = Integer(default=8)
    load = Integer(default=0)
    languages = Varchar(60, default="de")
    channels = Varchar(200, default="")
    absent_from = Timestamptz(null=True, default=None)
    absent_until = Timestamptz(null=True, default=None)
    deputy = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    last_assigned_at = Timestamptz(null=True, default=None)


class AgentHours(Table, tablename="agent_hours"):
    """Working hours of one weekday; an agent without any works whenever the company does."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    weekday = Integer()
    starts = Time(default=None, null=True)
    ends = Time(default=None, null=True)


class Competence(Table, tablename="competence"):
    """How deep an agent can go in a topic: 1 standard, 2 specialist, 3 expert."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade)
    topic = ForeignKey(Topic, null=False, on_delete=OnDelete.cascade)
    level = Integer(default=1)


class Latitude(Table, tablename="latitude"):
    """What agents may decide alone (goodwill, a return, a delivery date), and how far at each competence level. Blank: not at this
    level. Without a topic it counts for all topics."""

    id = BigSerial(primary_key=True)
    topic = ForeignKey(Topic, null=True, on_delete=OnDelete.cascade)
    name_de = Varchar(120)
    name_en = Varchar(120)
    limit_1_de = Varchar(120, default="")
    limit_1_en = Varchar(120, default="")
    limit_2_de = Varchar(120, default="")
    limit_2_en = Varchar(120, default="")
    limit_3_de = Varchar(120, default="")
    limit_3_en = Varchar(120, default="")
    position = Integer(default=0)
    version = Integer(default=1)


class StandIn(Table, tablename="stand_in"):
    """That an open enquiry was passed on because whoever had it was `absent`: to a colleague, or without `given_to` to the queue of
    its level. `seen_at`: when they read of it after their return."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade, index=True)
    absent = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    given_to = ForeignKey(User, null=True, on_delete=OnDelete.set_null)
    at = Timestamptz(default=None, null=True)
    seen_at = Timestamptz(null=True, default=None)
