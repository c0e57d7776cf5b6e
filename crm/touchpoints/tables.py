"""The touchpoint catalogue and the phases of the customer journey."""

from decimal import Decimal
from enum import StrEnum

from piccolo.columns import BigSerial, Boolean, ForeignKey, Integer, Numeric, Varchar
from piccolo.table import Table


class Stage(StrEnum):
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Phase(Table, tablename="phase"):
    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    stage = Varchar(10, choices=Stage)
    position = Integer(default=0)


class TouchpointState(StrEnum):
    PLANNED = "planned"
    ACTIVE = "active"
    RETIRED = "retired"


class Touchpoint(Table, tablename="touchpoint"):
    """A place where customers meet the company. `target` is the satisfaction aimed at (1-5), `importance` 1-5."""

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
