"""Observations (Beobachtungen): what was written or said about us where we were not asked."""

from piccolo.columns import BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.interactions.tables import Interaction


class Observation(Table, tablename="observation"):
    """What an observation knows beside its contact event: where it stood, a link to it, and the `rating` that the source gave
    (1-5). The rating is the customer's view; staff's is `impression` of the interaction, and the two are never mixed. When it was
    found out whose it is, `linked_at` and `linked_by` say so; the customer itself stands in the interaction."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade, unique=True)
    source = Varchar(120, default="")
    link = Text(default="")
    rating = Integer(null=True, default=None)
    linked_at = Timestamptz(null=True, default=None)
    linked_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
