"""What the company aims at, besides the satisfaction of each touchpoint: kept with a month's figures, since a target may change.

SQL like that of figures.py, whose statement runs this part too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Targets:
    """NPS in points, promises kept and enquiries solved at the first contact in percent; None where nothing is aimed at."""

    nps: int | None
    promises: int | None
    first_contact: int | None


PARTS = {
    "targets": """
        SELECT report_nps_target AS nps, report_promises_target AS promises, report_first_contact_target AS first_contact
        FROM company
    """,
}


def targets_of(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> Targets | None:
    """The targets as they are now; None before the company's row is there."""
    return Targets(**parts["targets"][0]) if parts["targets"] else None
