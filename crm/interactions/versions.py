"""The earlier versions of a contact: one row for each correction, by the names of the API's fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import msgspec

from crm.customers.data import full_name_sql
from crm.database import Row, execute, fetch
from crm.web.i18n import language

FIELDS = (
    "at", "channel", "direction", "person_id", "touchpoint", "phase", "reason", "ticket_id", "text", "impression", "moment_of_truth",
    "minutes", "order_id", "quotation_id", "product_id", "participant_ids", "colleague_ids",
)  # fmt: skip
"""What of a contact can be corrected. Customer and author stay: what was logged on the wrong customer is deleted there and
logged anew."""
MOST_SHOWN = 100


async def keep_version(interaction_id: int, version: int, fields: Mapping[str, Any], *, by: int, now: datetime) -> None:
    """Store what a correction replaces, in its transaction."""
    await execute(
        "INSERT INTO interaction_version (interaction, version, fields, at, by_user) VALUES ($1, $2, $3, $4, $5)",
        interaction_id, version, msgspec.json.encode(dict(fields)).decode(), now, by,
    )  # fmt: skip


async def empty_versions(interaction_ids: Collection[int]) -> None:
    """These contacts are deleted: what their earlier versions said goes with them; that there were any stays."""
    await execute(
        "UPDATE interaction_version SET fields = '{}' WHERE interaction = ANY($1) AND fields <> '{}'",
        list(interaction_ids),
    )


async def versions_of(interaction_id: int, *, restricted: bool = False) -> list[Row]:
    """The earlier versions, the newest first; what was noted with a restricted person only if `restricted` (GDPR Art. 18).
    `at` and `by_name`: when and by whom it was replaced."""
    return await fetch(
        "SELECT v.version, v.at, v.by_user, u.name AS by_name, (v.fields || CASE WHEN v.fields ? 'participant_ids' THEN "
        "jsonb_build_object('participant_ids', (SELECT coalesce(jsonb_agg(e.id ORDER BY e.id), '[]') FROM person e "
        "WHERE (e.restricted_at IS NULL OR $2) "
        "AND e.id IN (SELECT x::bigint FROM jsonb_array_elements_text(v.fields->'participant_ids') x))) "
        "ELSE '{}' END)::text AS fields, "
        f"t.name_{language.get()} AS touchpoint_name, "
        f"h.name_{language.get()} AS phase_name, r.name_{language.get()} AS reason_name, {full_name_sql('p')} AS person_name "
        "FROM interaction_version v LEFT JOIN staff u ON u.id = v.by_user "
        "LEFT JOIN touchpoint t ON t.code = v.fields->>'touchpoint' "
        "LEFT JOIN phase h ON h.code = v.fields->>'phase' LEFT JOIN contact_reason r ON r.code = v.fields->>'reason' "
        "LEFT JOIN person p ON p.id = (v.fields->>'person_id')::bigint "
        "WHERE v.interaction = $1 AND (p.restricted_at IS NULL OR $2) ORDER BY v.version DESC LIMIT $3",
        interaction_id, restricted, MOST_SHOWN,
    )  # fmt: skip
