"""How the audit trail's fields are told: their names and values in the reader's language, over all kinds of record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.accounts.field_words import FIELDS as USER_FIELDS
from crm.accounts.field_words import before_and_after, field_name, shown
from crm.consents.queries import purposes
from crm.consents.sentences import EVENTS, SOURCES
from crm.customers import words as customers
from crm.customers.orders import words as orders
from crm.improvement.closing import CLOSURES
from crm.improvement.measures.words import LEVELS as EXPECTATION_LEVELS
from crm.improvement.personas.words import LABELS as PERSONA_LABELS
from crm.interactions.web_forms.words import LABELS as WEB_FORM_LABELS
from crm.mail.boxes import LABELS as BOX_LABELS
from crm.notifications.sentences import ASKED
from crm.notifications.words import WISHES
from crm.privacy.desk import words as requests
from crm.privacy.particulars.words import LABELS as PARTICULARS
from crm.reminders.causes import NAMES as CAUSES
from crm.reports.metrics import METRICS
from crm.service_levels.queries import service_levels
from crm.service_levels.words import PRIORITIES
from crm.tickets import words as tickets
from crm.tickets.queries import topics
from crm.web.formats import country, exact, phone, short_date
from crm.web.i18n import N_, _, local_name, word

_BOXES = {name: words for name, words in BOX_LABELS.items() if name.startswith("box_")}
_WEB_FORMS = {f"form_{name}": words for name, words in WEB_FORM_LABELS.items()} | _BOXES
NAMES = {
    **PARTICULARS, "notices": N_("Notices"), "notice_language": N_("Language"), "notice_subject": N_("Subject of the notice"),
    "notice_text": N_("Text of the notice"),
    "tells_at_night": N_("Tell of promises at night too"), "level_version": N_("Version"),
    "abc_a": N_("Share for A"), "abc_b": N_("Share for B"), "abc_class": N_("ABC class"), "about": N_("Describes"),
    "attribute": N_("Attribute"), "basis_note": N_("Law or interest"), "choices": N_("Choices"), "data_type": N_("Type"),
    "hint_de": N_("Hint in German"), "hint_en": N_("Hint in English"),
    "is_special": N_("Special category (GDPR Art. 9)"), "legal_basis": N_("Legal basis"),
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "profiling_basis": N_("Demanded for scores"),
    "limit_1_de": N_("Level 1, in German"), "limit_1_en": N_("Level 1, in English"), "limit_2_de": N_("Level 2, in German"),
    "limit_2_en": N_("Level 2, in English"), "limit_3_de": N_("Level 3, in German"), "limit_3_en": N_("Level 3, in English"),
    "topic_code": N_("Topic"), "words": N_("Words"), "senders": N_("Senders"), "form": N_("Form of the website"),
    "product_code": N_("Product number"), "is_active": N_("in use"), "drawn": N_("Drawn"),
    "position": N_("Place in the list"), "remedy_de": N_("What helps then, in German"),
    "remedy_en": N_("What helps then, in English"), "touchpoint": N_("Touchpoint"),
    "request_kind": N_("What is asked"), "request_source": N_("How it came in"), "data_request": N_("Data protection request"),
    "request_step": N_("Step"), "request_status": N_("Status"),
    "request": N_("What was asked"), "retention": N_("Kept for"), "retention_unit": N_("Unit"),
    "roles": N_("Who may see it"),
    "answer_topic": N_("Topic"), "answer_expires_on": N_("Valid until"), "answer_title_de": N_("Title in German"),
    "answer_title_en": N_("Title in English"), "answer_questions_de": N_("Ways to ask, in German"),
    "answer_questions_en": N_("Ways to ask, in English"), "answer_text_de": N_("Answer in German"),
    "answer_text_en": N_("Answer in English"),
    "questions": N_("Questions"), "mailing_kind": N_("Kind"), "view_id": N_("Saved view"), "per_minute": N_("Mails per minute"),
    "measure_name": N_("Name of the measure"), "measure_goal": N_("Goal"), "expected_effect": N_("Expected effect"),
    "metric": N_("Figure by which it is judged"), "measured_days": N_("Days measured before and after"),
    "measure_target": N_("Target"), "due_on": N_("Due on"), "cost": N_("Cost in euros"), "task": N_("Task"),
    "feedback": N_("Criticism, praise or expectation"), "starts_on": N_("First day"),
    **{f"persona_{name}": text for name, text in PERSONA_LABELS.items()},
    "journey_name": N_("Name of the intended journey"), "journey_goal": N_("Goal"), "journey_segment": N_("Segment"),
    "journey_steps": N_("Touchpoints"), "aim": N_("Aim"), "note": N_("Note"),
    "readers": N_("Number of readers"), "start_at": N_("Start"),
    "version": N_("Version"), "is_published": N_("On the FAQ page"), "is_automatic": N_("Given automatically"),
    "level_zero_is_on": N_("Answer automatically"), "level_zero_threshold": N_("Threshold in percent"),
    "level_zero_settled_after_days": N_("Days until it counts as solved"), "level_zero_is_faq_public": N_("Publish the FAQ page"),
    "is_advertising": N_("Advertising"), "is_own_similar": N_("Own similar goods and services only"),
    "needs_confirmation": N_("Must be confirmed by e-mail"),
    "retention_months": N_("Kept for (months)"), "consent_months": N_("A consent holds for (months)"),
    "request_id": N_("Request"), "deleted": N_("Deleted"), "blanked": N_("Made anonymous"), "kept": N_("Kept"), "rows": N_("Records"),
    "until_on": N_("Until"), "years": N_("Years"), "from_year_end": N_("Counted from the end of the year"),
    "is_in_force": N_("In force"), "erasures": N_("Erasures"),
    "at": N_("When"), "capacity": N_("Capacity"), "cause": N_("Cause"), "channel": N_("Channel"), "channels": N_("Channels"),
    "unit": N_("Unit"), "reason_de": N_("Reason (German)"), "reason_en": N_("Reason (English)"),
    "outcome": N_("What became of it"), "rule": N_("Rule"), "is_on": N_("On"), "days": N_("Days"), "user_id": N_("Who gets it"),
    "mail_template_id": N_("Mail template"),
    "text_de": N_("Text in German"), "text_en": N_("Text in English"), "statuses": N_("Statuses"), "levels": N_("Service levels"),
    "asked": N_("to be decided"), "created": N_("created"), "customer_id": N_("Customer"), "event": N_("What was said"), "file": N_("File"),
    "first_contact_level": N_("Level for a first contact"), "from": N_("From"), "import": N_("Import"),
    "information": N_("Information under Art. 14 GDPR"), "is_moment_of_truth": N_("Moment of truth"),
    "joined": N_("new persons"), "known": N_("there already"), "languages": N_("Languages"), "ledger": N_("Number in the ledger"),
    "level": N_("Competence level"), "order": N_("Order"), "purpose": N_("Purpose"), "source": N_("Where from"), "subject": N_("Subject"),
    "copy_request": N_("Data protection request"), "copy_entries": N_("Entries"), "copy_files": N_("Files"),
    "copy_blacked": N_("Blacked out"), "copy_by_link": N_("By the link"), "copy_on": N_("Handed over on"), "copy_how": N_("How"),
    "columns": N_("Columns"), "documents": N_("Documents"), "export_purpose": N_("Purpose"), "file_name": N_("File name"),
    "format": N_("Format"), "media_type": N_("Kind of file"),
    "left_out": N_("Left out"), "person": N_("Person"), "persons": N_("Persons"), "purpose_text": N_("More about the purpose"),
    "recipient": N_("Recipient"), "recipient_kind": N_("Kind of recipient"), "selection": N_("Selection"),
    "ticket": N_("Enquiry"), "deletion": N_("Why it was deleted"), "reason": N_("Reason"), "sha256": N_("Checksum"), "size": N_("Size"),
    "query": N_("Filters and columns"), "value": N_("Value"), "customers": N_("Customers"), "is_shared": N_("For the team"),
    "dropped_entries": N_("Entries that were dropped"),
    "merge": N_("Number of the merge"), "merged_customer": N_("Merged customer"), "surviving_customer": N_("Surviving customer"),
    "feedback_category": N_("What it is about"), "feedback_heading": N_("Heading"),
    "expectation_level": N_("How strongly is it expected?"), "closure_reason": N_("Why it was closed"),
    "guide_channels": N_("For these channels"), "in_use": N_("In use"), "review_on": N_("Look at it again on"),
    "review_months": N_("Months until the next review"), "guide_owner": N_("Who looks after it"),
    "ends_on": N_("Last day"), "assessed": N_("Number of touchpoints"), "steps": N_("Steps"), "touchpoints": N_("For these touchpoints"),
    "importance": N_("Importance"), "is_direct": N_("Direct contact"), "moments": N_("Known moments of truth"),
    "part_of": N_("Part of"), "replacement": N_("What takes its place"), "responsible": N_("Responsible person"),
    "stage": N_("Stage"), "target_satisfaction": N_("Target satisfaction"), "touchpoint_channels": N_("Channels"),
    "touchpoint_order": N_("Order of the journey"), "touchpoint_phase": N_("Phase"), "touchpoint_state": N_("Planned or in use"),
    "skipped": N_("left out"), "unchanged": N_("nothing new"), "until": N_("Until"), "updated": N_("changed"),
    "subject_de": N_("Subject in German"), "subject_en": N_("Subject in English"), "body_de": N_("Text in German"),
    "body_en": N_("Text in English"), "signature_de": N_("German signature"), "signature_en": N_("English signature"),
    "told_on": N_("Told of the right to object on"), "how": N_("How they were told"), "order_number": N_("Order"),
    "wording_version": N_("Wording"), "wrong": N_("wrong"),
    "alarms": N_("Alarms"), "at_night": N_("Also at night"), "digest_at": N_("Daily summary at"), "enquiries": N_("Enquiries"),
    "follow_ups": N_("Follow-ups"), "on_days_off": N_("Also on Sundays and public holidays"), "others": N_("Other news"),
}  # fmt: skip
"""Fields of other packages' records; those of users and settings are in crm/accounts/field_words.py, those of customers and
persons in crm/customers/words.py."""

_SHARED: dict[str, Mapping[Any, str]] = {
    "kind": customers.KINDS | tickets.KINDS, "cause": tickets.CAUSES, "priority": PRIORITIES, "event": EVENTS,
    "source": SOURCES, "language": customers.LANGUAGES, "form_of_address": customers.FORMS_OF_ADDRESS,
    "trigger": customers.STATUS_TRIGGERS, "reason_code": customers.LOSS_REASONS, "origin_code": customers.ORIGINS,
    "deletion": customers.CONTACT_DELETIONS, "preferred_channel": customers.PREFERRED_CHANNELS, "channel": customers.CHANNELS,
    "follow_ups": WISHES, "enquiries": WISHES, "alarms": WISHES, "others": WISHES,
    "languages": customers.LANGUAGES, "channels": customers.CHANNELS, "decline_reason": orders.DECLINE_REASONS,
    "rule": CAUSES, "metric": {code: one.name for code, one in METRICS.items()},
    "expectation_level": EXPECTATION_LEVELS, "closure_reason": CLOSURES,
    "request_kind": ASKED, "request_source": requests.SOURCES, "request_status": requests.STATUSES,
    "request_step": requests.STEPS, "unit": {"days": N_("days"), "months": N_("months"), "years": N_("years")},
}  # fmt: skip
_LISTS = ("languages", "channels")
_MOMENTS = ("at", "from", "until", "requested_at", "sent_at", "decided_at")
_DAYS = ("due_on", "ends_on", "starts_on", "told_on", "ordered_on", "delivered_on", "delivery_due_on", "document_on")
_STATUSES = {
    "ticket": customers.TICKET_STATUSES, "order": customers.ORDER_STATUSES, "quotation": orders.QUOTATION_STATUSES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditFields:
    """The names that values stand for: staff, service levels (by code and by id), topics and purposes."""

    staff: Mapping[int, str]
    service_levels: Mapping[str, str]
    topics: Mapping[str, str]
    purposes: Mapping[str, str]

    def label(self, name: str) -> str:
        return label_of(name)

    def before_and_after(self, kind: str, name: str, value: Any) -> tuple[str, str]:
        """The values of a field of such a record as they are shown; a single value counts as the one after."""
        if name in _LISTS:
            return shown(None), ", ".join(self._value(kind, name, one) for one in value) or shown(None)
        if not (isinstance(value, list) and len(value) == 2):
            value = [None, value]
        if any(isinstance(one, (list, dict)) for one in value):
            before, after = (self._many(kind, one) for one in value)
            return before, after
        if all(one is None or one == "" or not self._is_coded(name, one) for one in value):
            return before_and_after(name, value, self.staff)
        before, after = (self._value(kind, name, one) for one in value)
        return before, after

    def _many(self, kind: str, value: Any) -> str:
        """Several values, or what belongs together, in words; what was left empty needs none."""
        if isinstance(value, list):
            between = "; " if any(isinstance(one, dict) for one in value) else ", "
            return between.join(self._many(kind, one) for one in value) or shown(None)
        if isinstance(value, dict):
            return ", ".join(
                f"{self.label(name)}: {self.before_and_after(kind, name, one if name in _LISTS else [None, one])[1]}"
                for name, one in sorted(value.items(), key=lambda item: item[0] != "touchpoint")  # what it is about
                if one not in (None, "", [])
            )
        return shown(value)

    def _is_coded(self, name: str, value: Any) -> bool:
        coded = {*_SHARED, *_MOMENTS, *_DAYS, "status", "country", "phone", "service_level", "topic", "purpose"}
        return name in coded and isinstance(value, (str, int)) and not isinstance(value, bool)

    def _value(self, kind: str, name: str, value: Any) -> str:
        if value is None or value == "":
            return shown(None)
        code = str(value)
        if name in _MOMENTS:
            return _moment(code)
        if name in _DAYS:
            return _day(code)
        if name == "phone":
            return phone(code)
        if name == "country":
            return country(code)
        catalogues = {"service_level": self.service_levels, "topic": self.topics, "purpose": self.purposes}
        if name in catalogues:
            return catalogues[name].get(code, code)
        if name == "status":
            return word(_STATUSES.get(kind, customers.STATUSES), code)
        return word({str(one): text for one, text in _SHARED[name].items()}, code)


def label_of(name: str) -> str:
    """The name of a field; one that no list knows by its code."""
    if name in NAMES:
        return _(NAMES[name])
    if name in USER_FIELDS:
        return field_name(name)
    if name in _WEB_FORMS:
        return _(_WEB_FORMS[name])
    return orders.label(name) if _is_of_orders(name) else customers.field_label(name)


def is_named(name: str) -> bool:
    """Whether people read a word for this field rather than its code."""
    return (
        name in NAMES
        or name in USER_FIELDS
        or name in _WEB_FORMS
        or name.removeprefix("person_") in customers.FIELDS
        or _is_of_orders(name)
    )


def _is_of_orders(name: str) -> bool:
    return name in orders.FIELDS and name not in customers.FIELDS


async def audit_fields(staff: Mapping[int, str]) -> AuditFields:
    """The names of the moment, in the reader's language."""
    return AuditFields(
        staff,
        _names(await service_levels(with_retired=True)),
        _names(await topics(with_retired=True)),
        _names(await purposes()),
    )


def _names(rows: Iterable[Any]) -> dict[str, str]:
    """The names of a catalogue by code and by id: the trail holds either."""
    return {key: local_name(row) for row in rows for key in (row.code, str(row.id))}


def _day(text: str) -> str:
    try:
        return short_date(date.fromisoformat(text))
    except ValueError:
        return text


def _moment(text: str) -> str:
    try:
        return exact(datetime.fromisoformat(text))
    except ValueError:
        return text
