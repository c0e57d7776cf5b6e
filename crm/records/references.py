"""Every column that points at a customer or a person, and what a merge does with it. A test walks all tables of the database and
fails for a column that isn't named here: whoever adds a table decides what a merge shall do with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    """MOVE: the row goes to the surviving one. MOVE_NEW: unless the survivor has the like of it already; then it stays behind.
    LEAVE: it stays where it is (what was said and done is not rewritten). RECOMPUTE: a figure that is drawn up anew."""

    MOVE = "move"
    MOVE_NEW = "move_new"
    LEAVE = "leave"
    RECOMPUTE = "recompute"


@dataclass(frozen=True, slots=True)
class Reference:
    """`same` are the expressions over a row `t` by which two rows are the like of each other; `unless` excludes rows;
    `placed`: the rows have a position, and those that come are put behind those that are there. `is_list`: a form writes all
    rows of a record anew, under new ids. `only`: what must hold for a row to go to the record `{to}`; `only_back`: to come back."""

    table: str
    column: str
    fate: Fate
    same: tuple[str, ...] = ()
    unless: str = ""
    placed: bool = False
    is_list: bool = False
    only: str = ""
    only_back: str = ""

    @property
    def is_moved(self) -> bool:
        return self.fate in (Fate.MOVE, Fate.MOVE_NEW)


def _each(fate: Fate, *columns: str) -> tuple[Reference, ...]:
    pairs = (column.split(".") for column in columns)
    return tuple(Reference(table, column, fate) for table, column in pairs)


_NOT_RETIRED = "EXISTS (SELECT FROM attribute a WHERE a.id = t.attribute AND a.retired_at IS NULL)"
_HAS_BASIS = """t.blocked_at IS NULL AND EXISTS (
    SELECT FROM attribute a JOIN attribute_basis b ON b.purpose = a.purpose AND b.basis = a.legal_basis
    WHERE a.id = t.attribute AND a.retired_at IS NULL AND b.person = {to} AND b.ended_at IS NULL AND b.valid_from <= now()
    AND (NOT a.is_special OR b.basis = 'consent' AND is_explicit_consent(b.consent_event)))"""
"""The database refuses an attribute of a person without its basis: it goes only where its basis goes, or is already."""
_MERGED_PERSON = "EXISTS (SELECT FROM person p WHERE p.id = t.person AND p.merged_into IS NOT NULL)"

CUSTOMER = (
    Reference("affiliation", "customer", Fate.MOVE_NEW, ("t.person",), unless=f"t.is_self OR {_MERGED_PERSON}", placed=True),
    Reference("customer_tag", "customer", Fate.MOVE_NEW, ("t.tag",), is_list=True),
    Reference("email_address", "customer", Fate.MOVE_NEW, ("lower(t.address)",), placed=True, is_list=True),
    Reference("phone_number", "customer", Fate.MOVE_NEW, ("t.number",), placed=True, is_list=True),
    Reference(
        "postal_address", "customer", Fate.MOVE_NEW, ("lower(t.street)", "t.postcode", "lower(t.city)", "t.country"),
        placed=True, is_list=True,
    ),
    Reference("web_address", "customer", Fate.MOVE_NEW, ("lower(t.url)",), placed=True, is_list=True),
    Reference(
        "attribute_value", "customer", Fate.MOVE_NEW, ("t.attribute",), only=_NOT_RETIRED, only_back=_NOT_RETIRED,
    ),
    Reference("score_review", "customer", Fate.MOVE_NEW, ("t.taken_back_at",)),
    Reference("customer", "parent", Fate.MOVE, unless="t.id = $2"),
    Reference("customer", "recommended_by", Fate.MOVE, unless="t.id = $2"),
    *_each(
        Fate.MOVE, "alarm.customer", "call_back.customer", "customer_order.customer", "data_request.customer", "document.customer",
        "interaction.customer", "legal_hold.customer",
        "outbox_message.customer_id", "quotation.customer", "survey_answer.customer", "ticket.customer",
        "timeline_entry.customer",
    ),
    Reference("reminder", "customer", Fate.MOVE, unless="t.cause <> '' AND t.done_at IS NULL"),
    *_each(Fate.MOVE, "contact_put_back.customer"),
    *_each(Fate.LEAVE, "survey_invitation.customer_id"),
    *_each(Fate.RECOMPUTE, "customer_figures.customer", "customer_score.customer"),
    *_each(
        Fate.LEAVE, "bulk_item.customer", "customer.merged_into", "erasure.customer", "restriction.customer",
        "customer_blocks.customer", "customer_merge.merged", "customer_merge.survivor",
        "duplicate_pair.one", "duplicate_pair.other", "duplicate_todo.customer_id", "score_change.customer",
        "import_row.customer", "access_entry.customer_id", "mailing_recipient.customer_id", "rollup_mark.customer",
    ),
)  # fmt: skip
"""What points at a customer. Status events move with the status (see merging.py)."""

STATUS_EVENTS = Reference("status_change", "customer", Fate.MOVE)
"""They tell how the status came about, so they go with it if the merged customer's status is taken, and stay otherwise: nobody
becomes a customer twice in the figures."""

PERSON = (
    Reference("affiliation", "person", Fate.MOVE_NEW, ("t.customer",), unless="t.customer = $3"),
    Reference("email_address", "person", Fate.MOVE_NEW, ("lower(t.address)",), placed=True, is_list=True),
    Reference("phone_number", "person", Fate.MOVE_NEW, ("t.number",), placed=True, is_list=True),
    Reference(
        "attribute_basis", "person", Fate.MOVE_NEW, ("t.purpose", "t.basis", "coalesce(t.consent_event, 0)"),
        only="t.ended_at IS NULL AND NOT has_said_no({to}, t.purpose)",
    ),
    Reference("attribute_value", "person", Fate.MOVE_NEW, ("t.attribute",), only=_HAS_BASIS, only_back=_HAS_BASIS),
    *_each(
        Fate.MOVE, "data_request.person", "document.person", "interaction.person", "call_back.person", "legal_hold.person",
        "outbox_message.person_id", "survey_answer.person", "ticket.person",
        "ticket_message.person_id", "timeline_entry.person_id",
    ),
    Reference("contact_participant", "person", Fate.MOVE_NEW, ("t.interaction",)),
    *_each(Fate.LEAVE, "survey_invitation.person_id"),
    *_each(Fate.LEAVE, "consent_event.person_id", "import_row.person", "information_duty.person", "person.merged_into",
        "access_entry.person_id", "mailing_recipient.person_id", "information_notice.person",
        "preference_link.person_id", "consent_confirmation.person_id", "erasure.person", "restriction.person",
        "rollup_mark.person"),
)  # fmt: skip
"""What points at a person. The consent ledger is never rewritten: it is read through the merge (crm/consents)."""


def known() -> Iterable[Reference]:
    return (*CUSTOMER, STATUS_EVENTS, *PERSON)


def of(table: str, column: str) -> Reference:
    """The reference of this name; KeyError if there is none."""
    return {(each.table, each.column): each for each in known()}[table, column]


CHOSEN = {
    "name": "name", "status": "status", "owner_id": "owner", "deputy_id": "deputy", "service_level": "service_level",
    "team_id": "team", "language": "language", "brief": "brief", "origin_code": "origin_code", "origin": "origin",
    "recommended_by": "recommended_by", "parent_id": "parent", "website": "website", "vat_id": "vat_id", "iban": "iban",
    "external_id": "external_id", "no_automatic_answers": "no_automatic_answers", "checked_on": "checked_on",
}  # fmt: skip
"""Fields of which a customer has one each, so that somebody must choose: name in forms and API -> column."""

PERSON_CHOSEN = ("given_name", "family_name", "title", "form_of_address", "birthday", "salutation", "preferred_channel")
"""The same of a private person; the language is that of the customer."""

COUNTED = (
    ("ticket", "customer"), ("interaction", "customer"), ("customer_order", "customer"), ("quotation", "customer"),
    ("reminder", "customer"),
    ("email_address", "customer"), ("phone_number", "customer"), ("postal_address", "customer"), ("affiliation", "customer"),
)  # fmt: skip
"""What people ask about when a merge is undone: how much has come since, which stays with the surviving customer."""
