"""Forms of the requests desk, read into what the actions take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm.privacy.desk.answering import Answer
from crm.privacy.desk.filing import LONGEST_TEXT
from crm.privacy.desk.objecting import AGAINST
from crm.privacy.desk.tables import RequestKind
from crm.privacy.desk.wordings import OCCASIONS
from crm.web.forms import Fields
from crm.web.i18n import _

LONGEST_NOTE = 5000


@dataclass(frozen=True, slots=True)
class NewRequest:
    """A request as somebody writes it down."""

    kind: RequestKind
    text: str
    name: str
    address: str
    against: str


def parse_request(values: Mapping[str, Any]) -> NewRequest:
    """Raises Invalid with everything that is wrong."""
    fields = Fields(values)
    kind = fields.choice("kind", RequestKind)
    text = fields.text("text", required=True, limit=LONGEST_TEXT, many_lines=True)
    name, address = fields.text("requester_name", limit=200), fields.email("requester_address")
    against = fields.one_of("against", ("", *AGAINST)) if kind is RequestKind.OBJECTION else ""
    fields.check()
    return NewRequest(kind, text, name, address, against)


def parse_answer(values: Mapping[str, Any]) -> Answer:
    fields = Fields(values)
    occasion = fields.one_of("occasion", OCCASIONS)
    by_letter = fields.one_of("way", ("mail", "letter"), "mail") == "letter"
    answer = Answer(
        occasion, fields.text("subject", required=True, limit=300),
        fields.text("text", required=True, limit=LONGEST_TEXT, many_lines=True), fields.email("address", required=not by_letter),
        fields.text("reason", limit=LONGEST_NOTE, many_lines=True), by_letter, fields.flag("settles"),
    )  # fmt: skip
    fields.check()
    return answer


def parse_rectification(values: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], int]:
    """The fields that can be corrected, and the version of the data that were looked at."""
    fields = Fields(values)
    found: dict[str, Any] = {}
    for name in names:
        if name == "birthday":
            found[name] = fields.on(name)
        elif name == "email":
            found[name] = fields.email(name)
        elif name == "phone":
            found[name] = fields.phone(name)
        else:
            found[name] = fields.text(name, limit=60 if name == "title" else 20 if name == "postcode" else 150)
    if not found["given_name"] and not found["family_name"]:
        fields.error("family_name", _("Please enter a given name or a family name."))
    version = fields.number("data_version", low=0, high=2**31 - 1, required=True)
    fields.check()
    return found, version or 0


def note_of(values: Mapping[str, Any], name: str) -> str:
    """A longer text of one field; the action says whether it may be missing. Raises Invalid if it is too long."""
    fields = Fields(values)
    text = fields.text(name, limit=LONGEST_NOTE, many_lines=True)
    fields.check()
    return text


def version_of(values: Mapping[str, Any]) -> int | None:
    """Which state of the request was on the screen; None where a form doesn't say (the API)."""
    fields = Fields(values)
    found = fields.number("version", low=0, high=2**31 - 1)
    fields.check()
    return found
