"""Saved views of the demo company: what people look at every week, their own and the team's."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute
from crm.demo.world import World

_VIEWS = (
    # days ago, who, for the team, name, filters, order and columns
    (120, "sales", False, "Meine A-Kunden", "show=mine&class=A&sort=-revenue&columns=class%2Crevenue%2Clast_order%2Cdue"),
    (64, "sales", False, "Früher oft, zuletzt nicht", "owner=me&rfm=fading&sort=-revenue&columns=class%2Crevenue%2Clast_order%2Cphone"),
    (97, "lead", True, "Lange nicht gesprochen", "status=customer&no_contact=180&sort=-revenue"),
    (41, "sales", True, "Rahmenverträge", "tag=Rahmenvertrag&columns=owner%2Crevenue%2Clast_order%2Copen"),
    (29, "agent", False, "Gold mit offenen Anfragen", "service_level=gold&open=yes&sort=due"),
    (18, "manager", False, "Neue Kunden des Quartals", "new=90&sort=-created&columns=origin%2Cowner%2Crevenue"),
)  # fmt: skip

_QUEUES = (
    # days ago, who, for everybody, name, view and filters
    (52, "lead", True, "Beschwerden", "view=open&kind=complaint"),
    (33, "lead", True, "Gold, offen", "view=open&service_level=gold"),
    (12, "agent", False, "Rechnungen per E-Mail", "view=open&topic=billing&channel=email"),
)  # fmt: skip


async def write_views(world: World) -> None:
    for ago, who, for_team, name, query in _VIEWS:
        owner = world.staff.ids[who]
        await execute(
            "INSERT INTO saved_view (name, owner, team, query, created_at, version) "
            "VALUES ($1, $2, CASE WHEN $3 THEN (SELECT team FROM staff WHERE id = $2) END, $4, $5, 1)",
            name, owner, for_team, query, world.now - timedelta(days=ago, hours=6),
        )  # fmt: skip
    for ago, who, is_shared, name, query in _QUEUES:
        await execute(
            "INSERT INTO ticket_view (name, owner, is_shared, query, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)",
            name, world.staff.ids[who], is_shared, query, world.now - timedelta(days=ago, hours=5),
        )  # fmt: skip
