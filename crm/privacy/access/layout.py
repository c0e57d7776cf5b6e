"""How a copy reads on paper: its chapters, and of each table what stands where. What is not named here is in the archive alone:
numbers by which the program knows its rows, and moments that only its clocks need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Layout:
    """`when` is the column with the moment, `title` those of the first line, `texts` free texts that stand below in full; `lines`
    are (column, label). `between` stands between the parts of the first line."""

    when: str = ""
    title: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    texts: tuple[str, ...] = ()
    between: str = " · "


CHAPTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Master data"), (
        "person", "customer", "affiliation", "email_address", "phone_number", "postal_address", "web_address", "customer_tag",
        "status_change", "customer_figures",
    )),
    (N_("Attributes and scores"), ("attribute_value", "attribute_basis", "customer_score", "score_change", "score_review")),
    (N_("Consents and objections"), ("consent_event", "consent_payload")),
    (N_("Contacts"), ("interaction", "interaction_version", "contact_participant", "observation", "call_back", "timeline_entry")),
    (N_("Enquiries"), ("ticket", "ticket_message", "message_recipient", "escalation", "automatic_answer")),
    (N_("E-mails"), ("outbox_message", "outbox_copy", "outbox_attachment", "incoming_mail", "logged_mail")),
    (N_("Orders and quotations"), ("customer_order", "order_item", "quotation")),
    (N_("Documents"), ("document",)),
    (N_("Follow-ups and notes of staff"), ("reminder", "alarm", "contact_put_back")),
    (N_("Your answers, criticism and praise"), ("survey_answer", "survey_reply", "survey_invitation", "feedback")),
    (N_("Origin of the data"), ("information_duty", "import_run", "import_row")),
    (N_("Requests about data protection"), ("data_request", "data_request_event", "restriction")),
    (N_("Log"), ("audit_entry", "audit_payload", "notification")),
)  # fmt: skip
"""The chapters of the copy itself; tables that none names come last, under "Further entries"."""

_AT, _CHANNEL, _BY = ("at", N_("When")), ("channel", N_("Channel")), ("by_user", N_("By"))
_KIND, _STATUS, _LANGUAGE = ("kind", N_("Kind")), ("status", N_("Status")), ("language", N_("Language"))
_SOURCE, _PURPOSE, _TEXT = ("source", N_("Source")), ("purpose", N_("Purpose")), ("text", N_("Text"))

LAYOUTS: Mapping[str, Layout] = {
    "person": Layout(
        between=" ",
        title=("title", "given_name", "family_name"),
        lines=(
            ("form_of_address", N_("Form of address")),
            ("salutation", N_("Salutation")),
            ("birthday", N_("Birthday")),
            _LANGUAGE,
            ("preferred_channel", N_("Preferred channel")),
            ("external_id", N_("External number")),
            ("created_at", N_("Entered")),
            ("restricted_at", N_("Restricted since")),
        ),
    ),
    "customer": Layout(
        title=("name",),
        lines=(
            ("number", N_("Customer number")),
            _STATUS,
            ("service_level", N_("Service level")),
            _LANGUAGE,
            ("origin_code", N_("Origin")),
            ("origin", N_("Origin, in words")),
            ("website", N_("Website")),
            ("vat_id", N_("VAT ID")),
            ("iban", N_("IBAN")),
            ("owner", N_("Owner")),
            ("deputy", N_("Deputy")),
            ("external_id", N_("External number")),
            ("created_at", N_("Entered")),
            ("checked_on", N_("Last checked")),
            ("no_automatic_answers", N_("No automatic answers")),
        ),
        texts=("brief", "delete_reason"),
    ),
    "affiliation": Layout(title=("customer",), lines=(("function", N_("Function")),)),
    "email_address": Layout(title=("address",), lines=(_KIND, ("returned_at", N_("A mail came back")))),
    "phone_number": Layout(title=("number",), lines=(_KIND,)),
    "postal_address": Layout(between=" ", title=("extra", "street", "postcode", "city", "country"), lines=(_KIND,)),
    "web_address": Layout(title=("url",), lines=(_KIND,)),
    "customer_tag": Layout(title=("tag",)),
    "status_change": Layout(
        "at",
        ("after",),
        (("before", N_("Before")), ("trigger", N_("Cause")), ("reason_code", N_("Reason"))),
        ("reason",),
    ),
    "customer_figures": Layout(
        lines=(
            ("interactions", N_("Contacts")),
            ("last_contact_at", N_("Last contact")),
            ("open_tickets", N_("Open enquiries")),
            ("orders", N_("Orders")),
            ("revenue", N_("Revenue")),
            ("revenue_currency", N_("Currency")),
            ("last_order_on", N_("Last order")),
            ("next_order_on", N_("Next order expected")),
        )
    ),
    "attribute_value": Layout(
        "recorded_at",
        ("attribute", "text", "number", "on_date", "flag"),
        (_SOURCE, ("recorded_by", N_("By")), ("blocked_at", N_("Blocked since"))),
    ),
    "attribute_basis": Layout(
        "valid_from",
        ("purpose",),
        (("basis", N_("Legal basis")), ("reference", N_("Reference")), ("ended_at", N_("Ended"))),
    ),
    "customer_score": Layout(
        "computed_at",
        ("abc_class",),
        (
            ("computed_class", N_("Computed class")),
            ("rfm", N_("RFM")),
            ("revenue", N_("Revenue")),
            ("share", N_("Share of all revenue")),
            ("rank", N_("Rank")),
            ("compared", N_("Customers compared")),
            ("orders", N_("Orders")),
            ("last_order_on", N_("Last order")),
            ("recency_days", N_("Days since the last order")),
        ),
    ),
    "score_change": Layout(
        "computed_at",
        ("abc_class",),
        (("rfm", N_("RFM")), ("revenue", N_("Revenue")), ("rank", N_("Rank")), ("orders", N_("Orders"))),
    ),
    "score_review": Layout(
        "asked_at",
        ("decided_class",),
        (("computed_class", N_("Computed class")), ("decided_at", N_("Decided")), ("decided_by", N_("By"))),
        ("request", "reason", "taken_back_reason"),
    ),
    "consent_event": Layout(
        "at",
        ("event", "purpose"),
        (_CHANNEL, _SOURCE, ("wording_version", N_("Version of the wording")), ("recorded_by", N_("Recorded by"))),
        texts=("wording",),
    ),
    "consent_payload": Layout(lines=(("fields", N_("Evidence")), ("file", N_("File in the archive")))),
    "interaction": Layout(
        "at",
        ("channel", "touchpoint"),
        (
            ("direction", N_("Who got in touch?")),
            ("reason", N_("Reason for contact")),
            ("by_user", N_("Noted by")),
            ("person", N_("Spoken with")),
            ("impression", N_("Impression of staff (1 to 5)")),
            ("minutes", N_("Minutes")),
            ("ticket", N_("Enquiry")),
            ("gathering", N_("Event")),
            ("product", N_("Product")),
        ),
        ("text",),
    ),
    "interaction_version": Layout("at", (), (("fields", N_("Before the correction")), _BY)),
    "contact_participant": Layout(title=("interaction",)),
    "observation": Layout(title=("source",), lines=(("rating", N_("Rating")), ("link", N_("Link")))),
    "call_back": Layout(
        "at",
        ("kind",),
        (("name", N_("Name")), ("number", N_("Number")), ("outcome", N_("Outcome")), ("done_at", N_("Done"))),
        ("about", "result"),
    ),
    "timeline_entry": Layout("at", ("kind", "title"), (_CHANNEL, ("by_user", N_("By"))), ("body",)),
    "ticket": Layout(
        "opened_at",
        ("id", "subject"),
        (
            _KIND,
            ("topic", N_("Topic")),
            _CHANNEL,
            _STATUS,
            ("priority", N_("Priority")),
            ("assignee", N_("Assigned to")),
            ("solved_at", N_("Solved")),
            ("closed_at", N_("Closed")),
        ),
    ),
    "ticket_message": Layout(
        "at",
        ("ticket", "kind"),
        (_CHANNEL, ("by_user", N_("By")), ("sender", N_("Sender")), ("is_automatic", N_("Automatic"))),
        ("text", "quoted"),
    ),
    "message_recipient": Layout(title=("name", "address"), lines=(("is_copy", N_("As a copy")),)),
    "escalation": Layout("at", ("ticket",), (_BY,), ("tried",)),
    "automatic_answer": Layout(
        "at", ("ticket",), (("score", N_("Match in percent")), ("words", N_("Words that matched")))
    ),
    "outbox_message": Layout(
        "created_at",
        ("subject",),
        (
            ("to_address", N_("Sent to")),
            ("to_name", N_("Name")),
            _PURPOSE,
            _STATUS,
            ("sent_at", N_("Sent")),
            ("error", N_("Answer of the mail server")),
        ),
        ("text",),
    ),
    "outbox_copy": Layout("sent_at", ("name", "address"), (("message", N_("E-mail no.")),)),
    "outbox_attachment": Layout(
        title=("name",),
        lines=(("message", N_("E-mail no.")), ("size", N_("Size")), ("file", N_("File in the archive"))),
    ),
    "incoming_mail": Layout(
        "received_at",
        ("subject",),
        (("sender", N_("Sender")), ("sender_name", N_("Name")), ("file", N_("File in the archive"))),
        ("text",),
    ),
    "logged_mail": Layout(
        "at",
        ("subject",),
        (("sender", N_("Sender")), ("counterpart", N_("With")), ("file", N_("File in the archive"))),
        ("text",),
    ),
    "customer_order": Layout(
        "ordered_on",
        ("number",),
        (
            ("amount", N_("Amount")),
            ("currency", N_("Currency")),
            _STATUS,
            _CHANNEL,
            ("delivered_on", N_("Delivered")),
        ),
    ),
    "order_item": Layout(
        title=("product", "text"),
        lines=(("customer_order", N_("Order no.")), ("quantity", N_("Quantity")), ("price", N_("Price"))),
    ),
    "quotation": Layout(
        "requested_at",
        ("number", "subject"),
        (
            ("amount", N_("Amount")),
            ("currency", N_("Currency")),
            _STATUS,
            ("sent_at", N_("Sent")),
            ("decided_at", N_("Decided")),
            ("decline_reason", N_("Reason")),
        ),
        ("decision_note",),
    ),
    "document": Layout(
        "uploaded_at",
        ("name",),
        (
            ("size", N_("Size")),
            ("uploaded_by", N_("By")),
            ("file", N_("File in the archive")),
            ("deleted_at", N_("Deleted")),
        ),
        ("deletion_reason",),
    ),
    "reminder": Layout("due_at", (), (("user", N_("For")), ("done_at", N_("Done"))), ("text", "result")),
    "alarm": Layout("at", (), (("user", N_("For")), ("acknowledged_at", N_("Seen"))), ("note",)),
    "contact_put_back": Layout("at", (), (("until", N_("Until")),), ("reason",)),
    "survey_answer": Layout("at", ("metric", "score"), (("touchpoint", N_("Touchpoint")),), ("comment",)),
    "survey_reply": Layout(title=("question",), lines=(("score", N_("Value")),), texts=("text",)),
    "survey_invitation": Layout(
        "sent_at",
        ("state",),
        (("touchpoint", N_("Touchpoint")), ("address", N_("Address")), _LANGUAGE, ("answered_at", N_("Answered"))),
    ),
    "feedback": Layout(
        "at",
        ("kind", "category"),
        (("heading", N_("About")), ("level", N_("Level")), ("touchpoint", N_("Touchpoint"))),
        ("text",),
    ),
    "information_duty": Layout(
        "obtained_at", ("source",), (_STATUS, ("settled_on", N_("Informed on")), ("how", N_("How")))
    ),
    "import_run": Layout("created_at", ("file_name",), (_SOURCE,)),
    "import_row": Layout(
        title=("label",),
        lines=(("outcome", N_("Outcome")), ("detail", N_("Details")), ("cells", N_("As it stood in the file"))),
    ),
    "data_request": Layout(
        "received_at",
        ("kind",),
        (("requester_name", N_("Name")), ("requester_address", N_("Address")), _STATUS, ("settled_at", N_("Settled"))),
        ("text", "extension_reason", "weighing", "refusal_reason"),
    ),
    "data_request_event": Layout("at", ("event",), (("by_user", N_("By")),), ("note",)),
    "restriction": Layout("begun_at", (), (("lifted_at", N_("Lifted")),), ("reason", "lifted_reason")),
    "audit_entry": Layout("at", ("subject_kind", "action"), (("actor_id", N_("By")),)),
    "audit_payload": Layout(lines=(("fields", N_("Values")),)),
    "notification": Layout("at", (), (("user", N_("For")), ("detail", N_("Details")))),
}

GENERIC: tuple[tuple[str, str], ...] = (
    _AT, ("created_at", N_("Entered")), _KIND, _STATUS, _CHANNEL, _SOURCE, _PURPOSE, _TEXT, ("name", N_("Name")),
    ("address", N_("Address")), ("reason", N_("Reason")), ("note", N_("Note")), ("reasons", N_("Reasons")), ("recipient", N_("Recipient")),
    ("ticket", N_("Enquiry")), ("interaction", N_("Contact no.")), ("occasion", N_("Occasion")), ("cause", N_("Cause")), _BY,
    ("product", N_("Product")), ("guide", N_("Guide")), ("rule_name", N_("Rule")), ("matched", N_("Words that matched")),
    ("started_at", N_("From")), ("ended_at", N_("Until")), ("sent_to", N_("Sent to")), ("sent_at", N_("Sent")),
    ("language", N_("Language")),
)  # fmt: skip
"""For tables without a layout of their own."""


def layout_of(table: str) -> Layout:
    return LAYOUTS.get(table) or Layout(lines=GENERIC)


def chapters(tables: set[str]) -> list[tuple[str, tuple[str, ...]]]:
    """The chapters that have something in them, with what no chapter names at the end."""
    named = {table for _title, known in CHAPTERS for table in known}
    found = [(title, tuple(table for table in known if table in tables)) for title, known in CHAPTERS]
    rest = tuple(sorted(tables - named - {"export_run", "export_subjects"}))
    return [(title, known) for title, known in [*found, (N_("Further entries"), rest)] if known]
