"""Who tends which touchpoint of the demo company; one is planned, one was retired, and one has nobody."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute
from crm.demo.world import World

_TENDED = {
    "sales": "advice quotation sales_visit", "tobias.ahlers": "fair showroom follow_up",
    "giulia.ricci": "recommendation thank_you invitation",
    "henrik.busch": "website web_shop social_media newsletter", "manager": "advert press_report", "lead": "hotline complaint_handling",
    "jonas.beck": "email_service order_entry", "marek.nowak": "installation maintenance", "aylin.kaya": "order_status delivery",
    "sophie.lindner": "invoice",
}  # fmt: skip
"""By mailbox. Nobody tends the review portal: the catalogue warns of it."""

_NEW = (
    "INSERT INTO touchpoint (code, name_de, name_en, phase, position, channels, is_direct, department, importance, target, state, "
    "responsible, parent, replacement, retired_at, version) SELECT $1, $2, $3, p.id, 90, $4, $5, $6, $7, 4.2, $8, $9, "
    "(SELECT id FROM touchpoint WHERE code = $10), (SELECT id FROM touchpoint WHERE code = $11), $12, 1 FROM phase p WHERE p.code = $13"
)


async def tend_touchpoints(world: World) -> None:
    """In the caller's transaction."""
    for mailbox, codes in _TENDED.items():
        await execute(
            "UPDATE touchpoint SET responsible = $1 WHERE code = ANY($2)", world.staff.ids[mailbox], codes.split()
        )
    await execute(
        _NEW, "customer_portal", "Kundenportal", "Customer portal", "web", False, "Service", 4, "planned",
        world.staff.ids["henrik.busch"], "website", "", None, "retention",
    )  # fmt: skip
    await execute(
        _NEW, "fax_order", "Bestellung per Fax", "Order by fax", "other", True, "Innendienst", 2, "retired",
        world.staff.ids["jonas.beck"], "", "order_entry", world.now - timedelta(days=420), "action",
    )  # fmt: skip
