"""The words for what the audit trail is about, and where it stands. What it does not know yet is shown by its code."""

from __future__ import annotations

from crm.web.i18n import N_, _

_SUBJECTS = {
    "access_copy": N_("Copy of a person's data"),
    "answer": N_("Approved answer"),
    "api_token": N_("API token"),
    "assessment_round": N_("Assessment round"),
    "intended_journey": N_("Intended journey"),
    "attribute": N_("Attribute"),
    "backup": N_("Backup"),
    "company": N_("Settings"),
    "consent": N_("Consent"),
    "consent_event": N_("Consent"),
    "contact_reason": N_("Reason for contact"),
    "data_request": N_("Data protection request"),
    "privacy": N_("Data protection"),
    "customer": N_("Customer"),
    "document": N_("Document"),
    "export": N_("Export"),
    "import": N_("Import"),
    "feedback": N_("Criticism, praise or expectation"),
    "guide": N_("Guide"),
    "interaction": N_("Contact event"),
    "level_zero": N_("Automatic answers"),
    "logged_mail": N_("Logged mail"),
    "mail_template": N_("Mail template"),
    "mailing": N_("Mailing"),
    "phase": N_("Phase of the customer journey"),
    "survey": N_("Survey"),
    "interview": N_("Interview"),
    "measure": N_("Measure"),
    "persona": N_("Persona"),
    "programme": N_("Four-week programme"),
    "text_block": N_("Text block"),
    "order": N_("Order"),
    "person": N_("Person"),
    "product": N_("Product"),
    "purpose": N_("Purpose"),
    "quotation": N_("Quotation"),
    "quality": N_("Quality of conversation"),
    "latitude": N_("What agents may decide alone"),
    "alarm": N_("Alarm"),
    "follow_up_rule": N_("Follow-ups by event"),
    "reminder": N_("Follow-up"),
    "report": N_("Report"),
    "report_run": N_("Report"),
    "saved_view": N_("Saved view"),
    "score_run": N_("Customer value"),
    "score_settings": N_("Customer value"),
    "bulk_change": N_("Change to many"),
    "service_level": N_("Service level"),
    "calendar": N_("Calendar"),
    "tag": N_("Tag"),
    "call_back": N_("Call-back"),
    "erasure": N_("Erasure"),
    "retention_rule": N_("Rule of retention"),
    "keeping_duty": N_("Duty to keep"),
    "team": N_("Team"),
    "ticket": N_("Enquiry"),
    "ticket_view": N_("Saved view"),
    "topic": N_("Topic"),
    "topic_rule": N_("Rule for topics"),
    "touchpoint": N_("Touchpoint"),
    "user": N_("User"),
    "web_form": N_("Web form"),
    "letter_box": N_("Letter box"),
}

_PAGES = {
    "answer": "/answers/{}",
    "assessment_round": "/assessments/{}",
    "intended_journey": "/journey/intended/{}",
    "erasure": "/privacy/erasures/{}",
    "mailing": "/mailings/{}",
    "survey": "/surveys/{}",
    "measure": "/measures/{}",
    "persona": "/personas/{}",
    "retention_rule": "/privacy/retention/{}",
    "letter_box": "/settings/letter-boxes/{}/edit",
    "customer": "/customers/{}", "export": "/exports/{}", "order": "/orders/{}", "quotation": "/quotations/{}",
    "ticket": "/tickets/{}", "user": "/users/{}",
}  # fmt: skip


def subject_name(kind: str) -> str:
    """The kind of record that an audit entry is about; what has no word yet by its code."""
    return _(_SUBJECTS[kind]) if kind in _SUBJECTS else kind


def subject_address(kind: str, subject_id: int | None) -> str:
    """The page of the record, where it has one of its own."""
    return _PAGES[kind].format(subject_id) if kind in _PAGES and subject_id is not None else ""
