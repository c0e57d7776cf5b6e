"""What the API modules of customers share: bodies to fields, the version that a caller saw, customers and persons as answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response

from crm.accounts.current import StaffRequest
from crm.customers.current_phase import phase_of
from crm.customers.personal_data import Part
from crm.customers.portrait import Named, portrait_of
from crm.customers.queries import team_id_named
from crm.customers.salutation import salutation
from crm.customers.shapes import AddressOut, CustomerOut, PersonOut
from crm.database import Row, decoded
from crm.errors import Invalid
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def fields_of(data: msgspec.Struct) -> Fields:
    """The fields of a body; what was not sent is not there."""
    values = msgspec.structs.asdict(data)
    lists = ("emails", "phones", "addresses", "websites", "tags")
    return Fields(typed({name: value for name, value in values.items() if value is not None or name not in lists}))


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a form would send them: nothing for null, 1 or nothing for a flag."""
    return {name: "1" if value is True else value or "" for name, value in values.items()}


async def team_by_name(fields: Fields) -> bool:
    """Put the id of the team that is meant by its name into the fields; whether there was a name. An unknown one is an
    error of its field."""
    if "team" not in fields.values or (not fields.text("team") and "team_id" in fields.values):
        return False
    name = fields.text("team", limit=120)
    found = await team_id_named(name) if name else None
    if name and found is None:
        fields.error("team", _("There is no such team."))
    fields.values["team_id"] = found or ""
    return True


def version_of(request: StaffRequest, version: int | None) -> int | None:
    """The version that the caller saw, from the body or from If-Match; `*` and nothing mean whichever is saved."""
    header = request.headers.get("if-match", "").strip()
    if not header or header == "*":
        return version
    found = _ETAG.fullmatch(header)
    if found is None:
        raise Invalid({"If-Match": _("Send the number of the version, as the ETag gave it.")})
    return int(found[1])


def customer_answer(row: Row) -> Response[CustomerOut]:
    return Response(customer_out(row), headers={"etag": f'"{row.version}"'})


def customer_out(row: Row) -> CustomerOut:
    """A customer as it is answered; `missing` and `personal_data` are what the page says of the record."""
    it = portrait_of(row, local(datetime.now(UTC)).date())
    me = it.myself or {}
    same = {name: row[name] for name in CustomerOut.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    same |= {
        "service_level": row.level_code, "owner": row.owner_name, "owner_id": row.owner, "deputy_id": row.deputy,
        "persons": [person_out(person) for person in it.persons], "person_id": me.get("id"),
        "given_name": me.get("given_name"), "family_name": me.get("family_name"),
        "email": it.emails[0].value if it.emails else None, "phone": it.phones[0].value if it.phones else None,
        "emails": [one.value for one in it.emails], "phones": [one.value for one in it.phones],
        "reach_kinds": {one.value: one.kind for one in (*it.emails, *it.phones, *it.websites) if one.kind},
        "addresses": [AddressOut(**address) for address in it.depth["addresses"]],
        "websites": [one.value for one in it.websites], "tags": it.depth["tags"],
        "birthday": date.fromisoformat(me["birthday"]) if me.get("birthday") else None,
        "preferred_channel": me.get("preferred_channel"),
        "salutation_line": it.salutation_line, "recommended_by": row.recommended_by, "parent_id": row.parent,
        "team_id": row.team, "team": it.depth["team"], "missing": list(it.check.missing),
        "phase": phase_of(row.status, it.depth, row.last_order_on).get("code", ""),
        "personal_data": list(dict.fromkeys(_told(part) for part in it.parts if part.is_personal)),
    }  # fmt: skip
    return CustomerOut(**same)


def _told(part: Part) -> str:
    return f"{part.field}: {part.value}" if part.value else part.field


def person_out(person: Mapping[str, Any]) -> PersonOut:
    names = set(PersonOut.__struct_fields__) - {"salutation_line", "birthday", "reach_kinds"}
    birthday, kinds = person["birthday"], person["reach_kinds"]
    return PersonOut(
        **{name: person[name] for name in names},
        birthday=date.fromisoformat(birthday) if isinstance(birthday, str) else birthday,
        reach_kinds=decoded(kinds) if isinstance(kinds, str) else kinds,
        salutation_line=salutation(Named.of(person), person["language"]),
    )
