"""What became of a message, in words and colours."""

from __future__ import annotations

from crm.mail.tables import OutboxStatus
from crm.web.i18n import N_

DELIVERY = {
    OutboxStatus.QUEUED: N_("waits to leave"),
    OutboxStatus.SENDING: N_("on its way"),
    OutboxStatus.SENT: N_("has left"),
    OutboxStatus.FAILED: N_("could not be delivered"),
    OutboxStatus.REFUSED: N_("not allowed"),
}
TONES = {
    OutboxStatus.QUEUED: "amber", OutboxStatus.SENDING: "petrol", OutboxStatus.SENT: "good", OutboxStatus.FAILED: "rust",
    OutboxStatus.REFUSED: "rust",
}  # fmt: skip
