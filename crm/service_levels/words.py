"""The words of service levels: codes in, text in the language of the moment out."""

from __future__ import annotations

from crm.service_levels.tables import Priority
from crm.web.i18n import N_

PRIORITIES: dict[str, str] = {
    Priority.LOW: N_("low"),
    Priority.NORMAL: N_("normal"),
    Priority.HIGH: N_("high"),
    Priority.URGENT: N_("urgent"),
}
"""From the least to the most pressing."""
