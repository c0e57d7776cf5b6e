"""What must hold before a customer is written: whom and what it points to is there. Each demand raises Invalid."""

from __future__ import annotations

from crm.customers.tables import CustomerKind
from crm.database import fetch, fetch_value
from crm.errors import Invalid
from crm.web.i18n import _


async def demand_staff(ids: dict[str, int | None]) -> None:
    """Raises Invalid, by field, for someone who isn't a member of staff or has left."""
    wanted = [user_id for user_id in ids.values() if user_id is not None]
    if not wanted:
        return
    there = await fetch_value(
        "SELECT coalesce(array_agg(id), '{}') FROM staff WHERE id = ANY($1) AND deactivated_at IS NULL", wanted
    )
    missing = {
        name: _("There is no such member of staff.") for name, value in ids.items() if value and value not in there
    }
    if missing:
        raise Invalid(missing)


async def demand_team(team_id: int | None) -> None:
    if team_id is not None and not await fetch_value("SELECT 1 FROM team WHERE id = $1", team_id):
        raise Invalid({"team_id": _("There is no such team.")})


async def demand_relations(customer_id: int | None, ids: dict[str, int | None]) -> None:
    """Raises Invalid, by field, for a customer who isn't there (or not visible to everybody), a parent that is no
    organisation, and a customer who would belong to itself, be it over several steps, or have recommended itself."""
    wanted = {name: other for name, other in ids.items() if other is not None}
    if not wanted:
        return
    rows = await fetch(
        "SELECT id, kind FROM customer WHERE id = ANY($1) AND deleted_at IS NULL AND restricted_at IS NULL",
        list(wanted.values()),
    )
    kinds = {row.id: row.kind for row in rows}
    errors = {name: _("There is no such customer.") for name, other in wanted.items() if other not in kinds}
    parent = wanted.get("parent_id")
    if parent in kinds and kinds[parent] != CustomerKind.ORGANISATION:
        errors["parent_id"] = _("Only an organisation can have others below it.")
    if customer_id is not None:
        own = {
            name: _("A customer cannot stand in relation to itself.") for name in wanted if wanted[name] == customer_id
        }
        errors |= own
        if parent is not None and "parent_id" not in errors and await _is_below(parent, customer_id):
            errors["parent_id"] = _("This organisation belongs to the customer itself.")
    if errors:
        raise Invalid(errors)


async def _is_below(customer_id: int, above: int) -> bool:
    return bool(await fetch_value(
        "WITH RECURSIVE up AS (SELECT id, parent FROM customer WHERE id = $1 "
        "UNION SELECT c.id, c.parent FROM customer c JOIN up ON c.id = up.parent) SELECT 1 FROM up WHERE id = $2",
        customer_id, above,
    ))  # fmt: skip


def external_id_taken() -> Invalid:
    return Invalid({"external_id": _("Another customer already has this external number.")})
