"""Several participants of a contact: further persons of the customer, and colleagues, beside the main person and its author."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crm.customers.data import full_name_sql
from crm.database import HIGHEST_ID, execute, fetch, fetch_one
from crm.errors import Invalid
from crm.web.forms import Fields
from crm.web.i18n import _

MOST = 50
"""So many persons, and so many colleagues, at one contact."""

PERSON_IDS = (
    "ARRAY(SELECT x.person FROM contact_participant x JOIN person w ON w.id = x.person AND w.restricted_at IS NULL "
    "WHERE x.interaction = i.id AND x.person IS DISTINCT FROM coalesce(i.person, 0) ORDER BY x.person)"
)
COLLEAGUE_IDS = "ARRAY(SELECT x.staff FROM contact_participant x WHERE x.interaction = i.id AND x.staff IS NOT NULL ORDER BY x.staff)"
"""The ids of those who take part in an interaction `i`, as far as they may be shown."""

_ADD = """
    WITH persons AS (
        SELECT DISTINCT p.id FROM affiliation a JOIN person p ON p.id = a.person
        WHERE a.customer = $2 AND p.id = ANY($3::bigint[]) AND p.restricted_at IS NULL AND p.merged_into IS NULL
    ), colleagues AS (
        SELECT u.id FROM staff u WHERE u.id = ANY($4::bigint[]) AND u.deactivated_at IS NULL
    ), added AS (
        INSERT INTO contact_participant (interaction, person, staff)
        SELECT $1::bigint, id, NULL::bigint FROM persons UNION ALL SELECT $1::bigint, NULL, id FROM colleagues
    )
    SELECT (SELECT count(*) FROM persons) AS persons, (SELECT count(*) FROM colleagues) AS colleagues
"""
_REMOVE = """
    DELETE FROM contact_participant x WHERE x.interaction = $1
    AND (x.person = ANY($2::bigint[]) OR x.staff = ANY($3::bigint[]))
"""


def read_ids(fields: Fields, name: str, values: Iterable[object]) -> tuple[int, ...]:
    """The ids that were ticked, each once and in order; what is none is an error of the field."""
    ids: set[int] = set()
    for value in values:
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) <= 19 and 0 < int(text) <= HIGHEST_ID:
            ids.add(int(text))
        elif text:
            fields.error(name, _("Please choose one of the options."))
    if len(ids) > MOST:
        fields.error(name, _("At most %(n)s can be chosen.") % {"n": MOST})
        return ()
    return tuple(sorted(ids))


async def add_participants(
    interaction_id: int, customer_id: int | None, persons: Sequence[int], colleagues: Sequence[int]
) -> None:
    """Note who else takes part, in the caller's transaction; one statement. Raises Invalid for somebody who does not belong to
    the customer or may not be used (restricted), and for a colleague who is not there any more."""
    if not persons and not colleagues:
        return
    row = await fetch_one(_ADD, interaction_id, customer_id, list(persons), list(colleagues))
    assert row is not None
    errors = {}
    if row.persons != len(set(persons)):
        errors["participant_ids"] = _("Somebody among them does not belong to the customer.")
    if row.colleagues != len(set(colleagues)):
        errors["colleague_ids"] = _("Somebody among them does not work here any more.")
    if errors:
        raise Invalid(errors)


async def change_participants(
    interaction_id: int,
    customer_id: int | None,
    before: tuple[Sequence[int], Sequence[int]],
    after: tuple[Sequence[int], Sequence[int]],
) -> None:
    """From those who were shown to those who shall be; each is (persons, colleagues). Whoever stays needs no second look: they may
    have left since. Restricted persons are in neither, and stay as they are."""
    gone = [sorted(set(old) - set(new)) for old, new in zip(before, after, strict=True)]
    new = [sorted(set(new) - set(old)) for old, new in zip(before, after, strict=True)]
    if any(gone):
        await execute(_REMOVE, interaction_id, *gone)
    await add_participants(interaction_id, customer_id, *new)


async def forget_persons_of(interaction_id: int) -> None:
    """The contact is not the customer's any more, so that its persons did not take part in it, and its documents are of another."""
    await execute("DELETE FROM contact_participant WHERE interaction = $1 AND person IS NOT NULL", interaction_id)
    await execute("DELETE FROM contact_document WHERE interaction = $1", interaction_id)


async def names_of(persons: Iterable[int], colleagues: Iterable[int]) -> dict[tuple[str, int], str]:
    """The names by (field, id); those of restricted persons are left out (GDPR Art. 18)."""
    rows = await fetch(
        f"SELECT 'participant_ids' AS field, p.id, {full_name_sql('p')} AS name FROM person p "
        "WHERE p.id = ANY($1::bigint[]) AND p.restricted_at IS NULL "
        "UNION ALL SELECT 'colleague_ids', u.id, u.name FROM staff u WHERE u.id = ANY($2::bigint[])",
        sorted(set(persons)), sorted(set(colleagues)),
    )  # fmt: skip
    return {(row.field, row.id): row.name for row in rows}
