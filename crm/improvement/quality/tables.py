"""What of conversations was drawn for a look, and how it was rated."""

from piccolo.columns import BigSerial, ForeignKey, Integer, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.interactions.tables import Interaction
from crm.tickets.tables import TicketMessage


class QualityReview(Table, tablename="quality_review"):
    """An answer on an enquiry (`message`) or the note of a contact (`interaction`) that was drawn by chance; it goes with its
    source. The four ratings are 1 to 5; whoever rates may leave out what does not apply. `skipped_at`: it was not suitable.
    `seen_at`: when the colleague read the feedback."""

    id = BigSerial(primary_key=True)
    agent = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    message = ForeignKey(TicketMessage, null=True, on_delete=OnDelete.cascade, unique=True)
    interaction = ForeignKey(Interaction, null=True, on_delete=OnDelete.cascade, unique=True)
    drawn_at = Timestamptz(default=None, null=True)
    drawn_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    understanding = Integer(null=True, default=None)
    tone = Integer(null=True, default=None)
    solution = Integer(null=True, default=None)
    language = Integer(null=True, default=None)
    feedback = Text(default="")
    rated_at = Timestamptz(null=True, default=None)
    rated_by = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    skipped_at = Timestamptz(null=True, default=None)
    seen_at = Timestamptz(null=True, default=None)
