"""The touchpoint catalogue, the phases of the customer journey, and the guides for conversations there."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, Boolean, Date, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class Stage(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Phase(Table, tablename="phase"):
    """A stretch of the customer journey; its stage says whether it lies before, during or after the purchase. A retired one is
    offered no more; contacts keep it."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    stage = Varchar(10, choices=Stage)
    position = Integer(default=0)
    retired_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class TouchpointState(StrEnum):
    PLANNED = "planned"
    ACTIVE = "active"
    RETIRED = "retired"


class Touchpoint(Table, tablename="touchpoint"):
    """A place where customers meet the company. `target` is the satisfaction aimed at (1-5), `importance` 1-5. `channels` and
    `moments` are codes with commas between them: of channels, and of the reasons for contact whose moments of truth are known here.
    `replacement` is what takes the place of a retired one; whoever is `responsible` tends it."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    phase = ForeignKey(Phase, null=False)
    position = Integer(default=0)
    channels = Varchar(200, default="")
    is_direct = Boolean(default=True)
    department = Varchar(120, default="")
    is_moment_of_truth = Boolean(default=False)
    importance = Integer(default=3)
    target = Numeric(digits=(3, 2), default=Decimal(4))
    state = Varchar(10, choices=TouchpointState, default=TouchpointState.ACTIVE)
    responsible = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    parent: ForeignKey["Touchpoint"] = ForeignKey("self", null=True, on_delete=OnDelete.restrict)
    replacement: ForeignKey["Touchpoint"] = ForeignKey("self", null=True, on_delete=OnDelete.restrict)
    moments = Varchar(1000, default="")
    retired_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class StepFor(StrEnum):
    """With whom a step of a guide is taken; the last two are the kinds of customer."""

    EVERYONE = "everyone"
    PERSON = "person"
    ORGANISATION = "organisation"


class Guide(Table, tablename="guide"):
    """Steps that help through a typical conversation. `touchpoints` and `channels` are codes with commas between them; without
    either it fits everywhere. From `review_on` on its owner (the leads, if it has none) looks whether it still helps; whoever has done
    so sets the next date, `review_months` later. `reminded_for` is the date of which they were told."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120, default="")
    touchpoints = Varchar(1000, default="")
    channels = Varchar(200, default="")
    position = Integer(default=0)
    is_active = Boolean(default=True)
    review_on = Date(null=True, default=None)
    review_months = Integer(default=12)
    owner = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    reminded_for = Date(null=True, default=None)
    version = Integer(default=1)


class GuideReview(Table, tablename="guide_review"):
    """Somebody looked whether a guide still helps, in the version of that time. `due_on` is the date for which it was due, `next_on`
    the one that follows."""

    id = BigSerial(primary_key=True)
    guide = ForeignKey(Guide, null=False, on_delete=OnDelete.cascade)
    version = Integer()
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    due_on = Date(null=True, default=None)
    next_on = Date(null=True, default=None)


class GuideVersion(Table, tablename="guide_version"):
    """The steps of a guide as they read in one version: a list of {key, for, de, en}. A step keeps its key when it is worded
    anew, so that figures about it go on; an earlier version is never changed."""

    id = BigSerial(primary_key=True)
    guide = ForeignKey(Guide, null=False, on_delete=OnDelete.cascade)
    version = Integer()
    steps = JSONB(default="[]")
    at = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
