"""Rounds in which staff rate touchpoints, and how each of them rated."""

from piccolo.columns import BigSerial, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.touchpoints.tables import Touchpoint


class AssessmentRound(Table, tablename="assessment_round"):
    """A stretch of time in which staff rate touchpoints: until the end of `ends_on` (a day of the company's zone), or until
    somebody closed it."""

    id = BigSerial(primary_key=True)
    name = Varchar(120)
    ends_on = Date(default=None, null=True)
    opened_at = Timestamptz(default=None, null=True)
    opened_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    closed_at = Timestamptz(default=None, null=True)
    closed_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    version = Integer(default=1)


class AssessedTouchpoint(Table, tablename="assessed_touchpoint"):
    """A touchpoint that is rated in a round."""

    id = BigSerial(primary_key=True)
    round = ForeignKey(AssessmentRound, null=False, on_delete=OnDelete.cascade)
    touchpoint = ForeignKey(Touchpoint, null=False, on_delete=OnDelete.restrict, index=True)


class Assessment(Table, tablename="assessment"):
    """How one colleague rates one touchpoint of a round: 1 to 5 each, 0 for "don't know", empty while it is not answered. Who it was
    is kept so that they can go on and change it; it is shown to nobody else and stands in no audit trail."""

    id = BigSerial(primary_key=True)
    assessed = ForeignKey(AssessedTouchpoint, null=False, on_delete=OnDelete.cascade)
    rater = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    importance = Integer(null=True, default=None)
    friendliness = Integer(null=True, default=None)
    consistency = Integer(null=True, default=None)
    technology = Integer(null=True, default=None)
    changed_at = Timestamptz(default=None, null=True)
