"""What customers shall experience: the intended journey of a segment, its steps, and drafts that the assistant keeps."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, ForeignKey, Integer, Numeric, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.lists.tables import SavedView
from crm.improvement.personas.tables import Persona
from crm.touchpoints.tables import Touchpoint


class SegmentKind(StrEnum):
    ALL = "all"
    VIEW = "view"
    PERSONA = "persona"


class IntendedJourney(Table, tablename="intended_journey"):
    """The journey that the customers of a segment shall have, with its goal in words. `segment` says whose it is: of a saved view or a
    persona that is gone it stays, and waits to be given to another one."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    goal = Text(default="")
    segment = Varchar(8, choices=SegmentKind, default=SegmentKind.ALL)
    view = ForeignKey(SavedView, null=True, on_delete=OnDelete.set_null, index=True)
    persona = ForeignKey(Persona, null=True, on_delete=OnDelete.set_null, index=True)
    created_by = ForeignKey(User, null=False, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class IntendedStep(Table, tablename="intended_step"):
    """A touchpoint in its place on an intended journey. `channels` are codes with commas between them, `aim` the satisfaction aimed at
    (CSAT, 1-5), `note` why it stands here."""

    id = BigSerial(primary_key=True)
    journey = ForeignKey(IntendedJourney, null=False, on_delete=OnDelete.cascade)
    touchpoint = ForeignKey(Touchpoint, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0)
    channels = Varchar(200, default="")
    aim = Numeric(digits=(3, 2), default=Decimal(4))
    responsible = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    note = Text(default="")


class JourneyDraft(Table, tablename="journey_draft"):
    """What somebody has answered the assistant so far (`answers`, by field), at which `question` they are."""

    id = BigSerial(primary_key=True)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    question = Varchar(12, default="")
    answers = JSONB(default="{}")
    created_at = Timestamptz(default=None, null=True)
    updated_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)
