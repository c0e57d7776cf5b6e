"""What happened on each day of the company's zone, counted once, and marks at what has changed since."""

from piccolo.columns import BigInt, BigSerial, Boolean, Date, Integer, Varchar
from piccolo.table import Table


class RollupMark(Table, tablename="rollup_mark"):
    """Contacts or answers of this day, customer or person have changed since the days were counted; one of the three is set.
    Triggers write it with the change, in the same transaction. `on_utc` is a day of UTC, so that whoever writes need not know
    the company's zone. Marks are only ever added and taken away whole: two who mark the same day never wait for each
    other, and a mark that is not committed yet survives the sweep that could not see what it is about."""

    id = BigSerial(primary_key=True)
    on_utc = Date(null=True, default=None)
    customer = BigInt(null=True, default=None)
    person = BigInt(null=True, default=None)


class RollupZone(Table, tablename="rollup_zone"):
    """The time zone by whose days is counted: one row, empty before the first sweep. In another zone nothing counted is used."""

    id = BigSerial(primary_key=True)
    zone = Varchar(60, default="")


class ContactDay(Table, tablename="contact_day"):
    """Contacts of a day by channel and direction; together they are all that count."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, null=True)
    channel = Varchar(15)
    direction = Varchar(10)
    n = Integer()


class TouchpointDay(Table, tablename="touchpoint_day"):
    """The same contacts by touchpoint, phase (if the contact has its own), mark as a moment of truth, and staff's impression."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, null=True)
    touchpoint = BigInt(null=True, default=None)
    phase = BigInt(null=True, default=None)
    marked = Boolean(default=False)
    impression = Integer(null=True, default=None)
    n = Integer()


class AnswerDay(Table, tablename="answer_day"):
    """Customers' answers of a day by touchpoint, metric and score."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, null=True)
    touchpoint = BigInt(null=True, default=None)
    metric = Varchar(6)
    score = Integer()
    n = Integer()


class ScoreDay(Table, tablename="score_day"):
    """The same answers by metric and score alone, for courses over a year."""

    id = BigSerial(primary_key=True)
    day = Date(default=None, null=True)
    metric = Varchar(6)
    score = Integer()
    n = Integer()
