"""The letter boxes of the company (IMAP): the reads, and what an administrator does to them. Passwords are never shown again; one that
is left empty stays. A box is put out of use, never deleted: enquiries remember by which one they came."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts import audit
from crm.accounts.forms import mail_server
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound
from crm.mail.tables import BoxPurpose
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _

LABELS = {
    "box_name": N_("Name"),
    "box_address": N_("Address"),
    "imap_host": N_("Server"),
    "imap_port": N_("Port"),
    "imap_security": N_("Encryption"),
    "imap_user": N_("User name"),
    "imap_password": N_("Password"),
    "box_folder": N_("Folder"),
    "box_purpose": N_("What its mails become"),
    "box_topic": N_("Topic, if no rule fits"),
    "box_language": N_("Language, if the mail does not show it"),
    "box_is_sender": N_("Answers leave from this address"),
    "box_is_active": N_("In use"),
}
"""What can be said of a box, by the names of form and audit trail."""
PURPOSES = {
    BoxPurpose.ENQUIRIES: N_("Enquiries"),
    BoxPurpose.LOG: N_("Log mails into the history"),
    BoxPurpose.BOTH: N_("Enquiries and log mails"),
}
_COLUMNS = {
    "box_name": "name", "box_address": "address", "imap_host": "host", "imap_port": "port", "imap_security": "security",
    "imap_user": "user_name", "imap_password": "password", "box_folder": "folder", "box_purpose": "purpose", "box_topic": "topic",
    "box_language": "language", "box_is_sender": "is_sender", "box_is_active": "is_active",
}  # fmt: skip
_PLACE = ("imap_host", "imap_port", "imap_user", "box_folder")
"""With another one of these it is another box, with other numbers."""
_STORED = ", ".join(f"b.{column} AS {name}" for name, column in _COLUMNS.items())
_SHOWN = (
    ", ".join(f"b.{column} AS {name}" for name, column in _COLUMNS.items() if name != "imap_password")
    + ", b.id, b.version, b.password <> '' AS has_imap_password, b.looked_at, b.failing_since, b.error"
)


@dataclass(frozen=True, slots=True)
class ArrivedIn:
    """The letter box by which a mail came: the topic and language of an enquiry that tells nothing better."""

    id: int
    topic: str
    language: str


async def letter_boxes() -> list[Row]:
    """All boxes without their passwords, those in use first; one statement."""
    return await fetch(f"SELECT {_SHOWN} FROM letter_box b ORDER BY b.is_active DESC, lower(b.name), b.id")


async def letter_box_for(box_id: int) -> Row:
    """One box without its password. NotFound if there is none with this id."""
    found = 0 < box_id <= HIGHEST_ID
    row = await fetch_one(f"SELECT {_SHOWN} FROM letter_box b WHERE b.id = $1", box_id) if found else None
    if row is None:
        raise NotFound()
    return row


async def stored_password(box_id: int) -> str:
    """Only for trying a box; empty if there is none."""
    return str(await fetch_value("SELECT password FROM letter_box WHERE id = $1", box_id) or "")


async def box_addresses() -> frozenset[str]:
    """The addresses of all boxes, also of those out of use, and their user names where those are addresses; in small letters."""
    rows = await fetch("SELECT lower(address) AS address, lower(user_name) AS user_name FROM letter_box")
    return frozenset(each for row in rows for each in (row.address, row.user_name) if "@" in each)


async def log_box_address() -> str | None:
    """The address to which copies for the history are sent: that of the first box in use that takes them."""
    found = await fetch_value(
        "SELECT lower(address) FROM letter_box WHERE is_active AND purpose <> 'enquiries' AND position('@' IN address) > 0 "
        "ORDER BY id LIMIT 1"
    )
    return str(found) if found else None


async def boxes_in_trouble(*, for_log: bool = False) -> list[Row]:
    """The boxes in use that cannot be used: since when (`failing_since`), when they were tried last (`looked_at`), and what was said
    then (`error`). `for_log`: only those that take copies for the history."""
    return await fetch(
        "SELECT id, name, address, failing_since, looked_at, error FROM letter_box WHERE is_active AND failing_since IS NOT NULL "
        "AND NOT ($1 AND purpose = 'enquiries') ORDER BY failing_since, id",
        for_log,
    )


async def arrived_in(box_id: int | None) -> ArrivedIn | None:
    """What is to be known of the box by which a mail came; no statement for what came by none."""
    if box_id is None:
        return None
    row = await fetch_one("SELECT id, topic, language FROM letter_box WHERE id = $1", box_id)
    return ArrivedIn(row.id, row.topic, row.language) if row else None


def box_values(fields: Fields, topics: Collection[str]) -> dict[str, Any]:
    """What was said of a box, by the names of LABELS. `check()` is the caller's."""
    values: dict[str, Any] = {
        "box_name": fields.text("box_name", required=True, limit=120),
        "box_address": fields.email("box_address", required=True).lower(),
        **mail_server(fields, "imap", 993, "tls"),
        "box_folder": fields.text("box_folder", limit=200) or "INBOX",
        "box_purpose": fields.choice("box_purpose", BoxPurpose, BoxPurpose.BOTH).value,
        "box_topic": fields.one_of("box_topic", {"", *topics}),
        "box_language": fields.one_of("box_language", ("", *LANGUAGES)),
        "box_is_sender": fields.flag("box_is_sender"),
        "box_is_active": fields.flag("box_is_active"),
    }
    fields.text("imap_host", required=True)
    return values


async def create_box(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new box, looked through from now on; its id. Raises Invalid if it is there already."""
    async with transaction():
        await _refuse_twice(values, None)
        columns, places = ", ".join(_COLUMNS.values()), ", ".join(f"${n}" for n in range(1, len(_COLUMNS) + 1))
        box_id = await fetch_value(
            f"INSERT INTO letter_box ({columns}) VALUES ({places}) RETURNING id", *(values[name] for name in _COLUMNS)
        )
        nothing = dict.fromkeys(values)
        fields = audit.changes(nothing, values)
        await audit.record("letter_box.created", "letter_box", box_id, by=by, now=now, fields=fields)
        return int(box_id)


async def change_box(box_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime) -> int:
    """Write what differs and answer the version. An empty password keeps the stored one, unless the user name is empty as well. A box
    at another place has other numbers; any change has it tried at the next look. Raises NotFound, Invalid, and Conflict if somebody
    else saved since `version`."""
    async with transaction():
        before = await fetch_one(f"SELECT {_STORED}, b.version FROM letter_box b WHERE b.id = $1 FOR UPDATE", box_id)
        if before is None:
            raise NotFound()
        wanted = dict(values)
        if not wanted["imap_password"] and wanted["imap_user"]:
            wanted["imap_password"] = before.imap_password
        differing = {name: wanted[name] for name in _COLUMNS if wanted[name] != before[name]}
        if version is not None and version != before.version:
            raise Conflict(
                _("Somebody else saved this letter box meanwhile."), _differences(before, differing), before.version
            )
        if not differing:
            return int(before.version)
        await _refuse_twice(wanted, box_id)
        sets = ", ".join(f"{_COLUMNS[name]} = ${number}" for number, name in enumerate(differing, 2))
        await execute(
            f"UPDATE letter_box SET {sets}, version = version + 1, looked_at = coalesce(failing_since, looked_at) WHERE id = $1",
            box_id, *differing.values(),
        )  # fmt: skip
        if any(name in differing for name in _PLACE):
            await execute(
                "UPDATE letter_box SET uid_validity = 0, last_uid = 0, looked_at = NULL, error = '', failing_since = NULL, "
                "opens_since = NULL WHERE id = $1",
                box_id,
            )
        fields = audit.changes({name: before[name] for name in differing}, differing)
        await audit.record("letter_box.changed", "letter_box", box_id, by=by, now=now, fields=fields)
        return int(before.version) + 1


async def _refuse_twice(values: Mapping[str, Any], own_id: int | None) -> None:
    """Two rows for one box would look through it twice."""
    name = await fetch_value(
        "SELECT name FROM letter_box WHERE lower(host) = lower($1) AND port = $2 AND user_name = $3 AND folder = $4 "
        "AND id IS DISTINCT FROM $5",
        *(values[each] for each in _PLACE), own_id,
    )  # fmt: skip
    if name is not None:
        sentence = _("This letter box is there already, as “%(name)s”. Change that one, or choose another folder.")
        raise Invalid({"imap_user": sentence % {"name": name}})


def _differences(before: Row, wanted: Mapping[str, Any]) -> list[Difference]:
    return [
        Difference(name, _(LABELS[name]), *("•••", "•••") if name == "imap_password" else (str(before[name]), str(value)))
        for name, value in wanted.items()
    ]  # fmt: skip
