"""The log of access over the API, for a program that watches for misuse."""

from __future__ import annotations

from datetime import date, datetime

import msgspec
from litestar import Router, get
from litestar.params import FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import customer_for, person_for, sees_restricted
from crm.database import Row
from crm.errors import Invalid
from crm.privacy.access_log.queries import About, Asked, Deed, access_log
from crm.web.i18n import _
from crm.web.parameters import demand_ids


class Access(msgspec.Struct):
    """One entry. `relation` is owner, deputy, assignee or empty; `role` that of the moment, or empty where only the audit trail tells."""

    at: datetime
    last_at: datetime
    kind: str
    user_id: int | None
    role: str
    permission: str
    relation: str
    record: str
    record_id: int | None
    customer_id: int | None
    person_id: int | None
    via: str
    times: int
    words: str
    hits: int | None
    action: str


class AccessLog(msgspec.Struct):
    items: list[Access]
    next: str | None


@get("/access-log", permission=Permission.AUDIT_VIEW)
async def list_access(
    request: StaffRequest, who: FromQuery[int | None] = None, kind: FromQuery[str] = "", first: FromQuery[date | None] = None,
    last: FromQuery[date | None] = None, person_id: FromQuery[int | None] = None, customer_id: FromQuery[int | None] = None,
    cursor: FromQuery[str] = "",
) -> AccessLog:  # fmt: skip
    """The newest entries first; narrowed by a user's id (`who`), kind (opened, searched, changed, exported, read), the first and the
    last day, and whose data they are."""
    demand_ids(who=who, person_id=person_id, customer_id=customer_id)
    if kind and kind not in set(Deed):
        raise Invalid({"kind": _("Choose one of these: %(names)s.") % {"names": ", ".join(Deed)}})
    if person_id is not None:
        await person_for(request.user, person_id)
    if customer_id is not None:
        await customer_for(request.user, customer_id)
    asked = Asked(who, Deed(kind) if kind else None, first, last)
    found = await access_log(
        asked, About(customer_id, person_id), restricted=sees_restricted(request.user), cursor=cursor or None
    )
    return AccessLog([_access(row) for row in found.lines], found.next)


def _access(row: Row) -> Access:
    return Access(
        row.at, row.last_at, row.deed, row.user_id, row.role, row.permission, row.relation, row.subject_kind, row.subject_id,
        row.customer_id, row.person_id, row.via, row.times, row.words, row.hits, row.action,
    )  # fmt: skip


router = Router("/api/v1", route_handlers=[list_access], tags=["data protection"], include_in_schema=True)
