"""Rows on their way to the database: gathered per table, numbered beforehand, written with COPY."""

from __future__ import annotations

from typing import Any

from crm.database import copy_rows, execute, fetch_value

COLUMNS: dict[str, tuple[str, ...]] = {
    "customer": (
        "id", "number", "kind", "name", "sort_key", "search_text", "status", "owner", "deputy", "service_level", "language",
        "brief", "origin", "website", "created_at", "created_by", "checked_on", "version", "origin_code", "team", "vat_id",
        "checked_by", "iban", "recommended_by", "parent",
    ),
    "tag": ("id", "name", "key", "created_at"),
    "customer_tag": ("id", "customer", "tag"),
    "status_change": (
        "id", "customer", "before", "after", "trigger", "reason_code", "reason", "last_touchpoint", "at", "by_user",
    ),
    "person": ("id", "given_name", "family_name", "title", "form_of_address", "language", "created_at", "version", "birthday"),
    "affiliation": ("id", "customer", "person", "function", "is_self", "position"),
    "email_address": ("id", "customer", "person", "address", "position"),
    "phone_number": ("id", "customer", "person", "number", "position", "kind"),
    "postal_address": ("id", "customer", "street", "postcode", "city", "country", "position"),
    "product": ("id", "code", "name_de", "name_en", "department", "retired_at", "created_at", "version"),
    "customer_order": (
        "id", "customer", "number", "ordered_on", "amount", "currency", "channel", "status", "delivered_on", "delivery_due_on",
        "created_at", "created_by", "version",
    ),
    "order_item": ("id", "customer_order", "position", "product", "text", "quantity", "price"),
    "quotation": (
        "id", "customer", "number", "subject", "amount", "currency", "document_on", "status", "requested_at", "sent_at",
        "decided_at", "decline_reason", "decision_note", "turnaround_min", "decision_min", "created_at", "created_by", "version",
    ),
    "quotation_product": ("id", "quotation", "product", "position"),
    "ticket": (
        "id", "customer", "person", "subject", "topic", "kind", "priority", "channel", "status", "is_moment_of_truth",
        "is_first_contact", "escalations", "required_level", "language", "assignee", "opened_at", "opened_by", "service_level",
        "first_response_min", "next_response_min", "solution_min", "first_response_due_at", "first_responded_at",
        "next_response_due_at", "solution_due_at", "solved_at", "first_warned_at", "first_breached_at", "solution_warned_at",
        "solution_breached_at", "postponed_until", "version", "first_warn_at", "next_warn_at", "solution_warn_at",
    ),
    "ticket_message": ("id", "ticket", "kind", "channel", "by_user", "person_id", "text", "at", "is_automatic"),
    "ticket_pause": ("id", "ticket", "status", "started_at", "ended_at"),
    "escalation": ("id", "ticket", "by_user", "at", "tried"),
    "closure": ("id", "ticket", "by_user", "at", "cause", "reopened_at", "reopened_by"),
    "routing_decision": ("id", "ticket", "at", "occasion", "by_id", "assignee_id", "facts", "decision"),
    "interaction": (
        "id", "customer", "person", "channel", "direction", "touchpoint", "phase", "text", "impression", "is_moment_of_truth",
        "minutes", "at", "by_user", "ticket", "reason", "customer_order",
    ),
    "observation": ("id", "interaction", "source", "link", "rating", "linked_at", "linked_by"),
    "survey_answer": ("id", "customer", "person", "touchpoint", "ticket", "metric", "score", "comment", "at"),
    "reminder": ("id", "user", "customer", "text", "due_at", "created_at", "created_by", "interaction_id", "delivered_at",
                 "done_at", "done_by", "repeat", "series_from", "planned_at"),
    "stored_file": ("id", "sha256", "size", "media_type", "created_at"),
    "file_chunk": ("id", "file", "position", "data"),
    "document": (
        "id", "customer", "person", "name", "sha256", "size", "media_type", "uploaded_at", "uploaded_by", "deletion_reason",
        "version",
    ),
    "notification": ("id", "user", "kind", "detail", "link", "dedupe_key", "at", "read_at"),
    "consent_payload": ("id", "salt", "fields", "name", "sha256", "size", "media_type"),
    "consent_event": (
        "id", "person_id", "address_key", "purpose", "channel", "event", "wording_version", "source", "at", "recorded_at",
        "recorded_by", "payload_id", "payload_hash", "previous_hash", "hash",
    ),
}  # fmt: skip
"""The columns that are filled, in the order in which tables must be written."""

FIRST_TICKET = 1001
"""The first number that people see on an enquiry."""


class Rows:
    """What has been made and not yet written. Ids are given out here, so that rows can point to each other."""

    def __init__(self, last_ids: dict[str, int]) -> None:
        self.last_ids = last_ids
        self.waiting: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}

    @classmethod
    async def numbered_from_the_database(cls) -> Rows:
        last = {table: await fetch_value(f"SELECT coalesce(max(id), 0) FROM {table}") for table in COLUMNS}
        last["ticket"] = max(last["ticket"], FIRST_TICKET - 1)
        return cls(last)

    def add(self, table: str, *values: Any) -> int:
        """One more row; its id is put before the values and answered."""
        self.last_ids[table] = number = self.last_ids[table] + 1
        self.waiting[table].append((number, *values))
        return number

    def add_numbered(self, table: str, number: int, *values: Any) -> None:
        """A row whose id was reserved before."""
        self.waiting[table].append((number, *values))

    def reserve(self, table: str, count: int) -> int:
        """Keep `count` ids free; answers the first."""
        first = self.last_ids[table] + 1
        self.last_ids[table] += count
        return first

    def take(self) -> dict[str, list[tuple[Any, ...]]]:
        """What is waiting; from now on it is somebody else's."""
        taken, self.waiting = self.waiting, {table: [] for table in COLUMNS}
        return taken


async def write(rows: dict[str, list[tuple[Any, ...]]]) -> None:
    """Write what was gathered, in the order that foreign keys ask for; in the caller's transaction."""
    for table, columns in COLUMNS.items():
        if rows[table]:
            await copy_rows(table, columns, rows[table])


async def set_sequences(last_ids: dict[str, int]) -> None:
    """The next row that anybody adds gets the next number."""
    for table in (*last_ids, "staff", "team", "timeline_entry", "customer_figures"):
        await execute(f"SELECT setval('{table}_id_seq', greatest((SELECT max(id) FROM {table}), 1))")
    last_number = "(SELECT coalesce(max(substr(number, 3)::bigint), 10000) FROM customer WHERE number ~ '^K-[0-9]+$')"
    await execute(f"SELECT setval('customer_number', {last_number})")
