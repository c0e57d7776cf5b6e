"""The journey of one customer as a strip: the same drawing as the map, of the touchpoints where this customer has been."""

from __future__ import annotations

from collections.abc import Sequence

from crm.database import Row
from crm.touchpoints.journey import JourneyDrawing, JourneyPoint, journey_drawing
from crm.web.i18n import _

ON_SCREEN = (1080.0, 132.0)
ON_PAPER = (650.0, 150.0)
"""Width and height in units of the drawing; on A4 a unit is about a CSS pixel."""


def strip_of(rows: Sequence[Row], size: tuple[float, float] = ON_SCREEN) -> JourneyDrawing | None:
    """The strip, if anybody has said or noted how it was; `rows` are those of crm.customers.queries.journey_of."""
    if not any(row.mean is not None or row.staff_mean is not None for row in rows):
        return None
    points = [
        JourneyPoint(
            phase=row.phase, name=row.name, mean=row.mean, n=row.n, volume=row.volume, target=row.target,
            is_moment_of_truth=row.is_moment_of_truth, department=row.department, staff_mean=row.staff_mean,
            position=row.position,
        )
        for row in rows
    ]  # fmt: skip
    width, height = size
    return journey_drawing(rows[0].phases, points, width=width, height=height, has_axis=False, alarm=_("key moment"))
