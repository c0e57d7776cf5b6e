"""What a customer is promised: calendars with opening hours, and service levels with a target per priority."""

from enum import StrEnum

from piccolo.columns import JSONB, BigSerial, Date, ForeignKey, Integer, Time, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class BusinessCalendar(Table, tablename="business_calendar"):
    """The calendar as it is now; `version` is the number of the CalendarVersion that says the same."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name = Varchar(120)
    zone = Varchar(60, default="Europe/Berlin")
    country = Varchar(2, default="DE")
    state = Varchar(10, default="")
    version = Integer(default=0)
    retired_at = Timestamptz(default=None, null=True)


class OpeningHours(Table, tablename="opening_hours"):
    """One interval of one weekday (0 = Monday); closing at 00:00 is the end of the day."""

    id = BigSerial(primary_key=True)
    calendar = ForeignKey(BusinessCalendar, null=False, on_delete=OnDelete.cascade)
    weekday = Integer()
    opens = Time(default=None, null=True)
    closes = Time(default=None, null=True)


class CompanyDay(Table, tablename="company_day"):
    """A day off of the company itself, beside the public holidays."""

    id = BigSerial(primary_key=True)
    calendar = ForeignKey(BusinessCalendar, null=False, on_delete=OnDelete.cascade)
    on = Date(default=None, null=True, db_column_name="off_on")
    name = Varchar(120, default="")


class ServiceLevel(Table, tablename="service_level"):
    """A promise as it is now: who answers a first contact at least, how often there is contact, and targets per priority.
    `version` is the number of the ServiceLevelVersion that says the same and more. A retired one is no customer's any more; old
    enquiries keep it."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    position = Integer(default=0)
    calendar = ForeignKey(BusinessCalendar, null=False)
    first_contact_level = Integer(default=1)
    contact_rhythm_days = Integer(null=True, default=None)
    version = Integer(default=0)
    retired_at = Timestamptz(default=None, null=True)


class ServiceTarget(Table, tablename="service_target"):
    """Minutes of business time for one priority of one service level."""

    id = BigSerial(primary_key=True)
    service_level = ForeignKey(ServiceLevel, null=False, on_delete=OnDelete.cascade)
    priority = Varchar(10, choices=Priority)
    first_response_min = Integer()
    next_response_min = Integer()
    solution_min = Integer()


class CalendarVersion(Table, tablename="calendar_version"):
    """A calendar as it was from `valid_from` on; never changed. `content` is a content.CalendarContent, `changed` what
    differs from the version before, as content.differences tells it."""

    id = BigSerial(primary_key=True)
    calendar = ForeignKey(BusinessCalendar, null=False, on_delete=OnDelete.cascade)
    number = Integer()
    content = JSONB(default="{}")
    changed = JSONB(default="{}")
    valid_from = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")


class ServiceLevelVersion(Table, tablename="service_level_version"):
    """What a service level promised from `valid_from` on, and by which version of its calendar; never changed. An enquiry
    points to the one that applies to it. `content` is a content.LevelContent."""

    id = BigSerial(primary_key=True)
    service_level = ForeignKey(ServiceLevel, null=False, on_delete=OnDelete.cascade)
    number = Integer()
    calendar_version = ForeignKey(CalendarVersion, null=False, on_delete=OnDelete.restrict)
    content = JSONB(default="{}")
    changed = JSONB(default="{}")
    valid_from = Timestamptz(default=None, null=True)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
