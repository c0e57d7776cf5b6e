"""The words for roles, and for what the audit trail tells. What it does not know yet is shown by its code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from crm.accounts.permissions import Role
from crm.web.i18n import N_, _

_ROLES = {
    Role.SALES: N_("Sales"),
    Role.AGENT: N_("Service"),
    Role.LEAD: N_("Team lead"),
    Role.MANAGER: N_("Management"),
    Role.DPO: N_("Data protection officer"),
    Role.ADMINISTRATOR: N_("Administrator"),
}

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

_ACTIONS = {
    "portfolio.called_off": N_("called off a hand-over that could not happen any more"),
    "portfolio.cancelled": N_("cancelled the hand-over of a portfolio"),
    "portfolio.planned": N_("handed a portfolio over or planned to"),
    "bulk.started": N_("changed many customers"),
    "bulk.undone": N_("undid a change to many"),
    "service_level.added": N_("added a service level"),
    "service_level.retired": N_("retired a service level"),
    "calendar.added": N_("added a calendar"),
    "calendar.retired": N_("retired a calendar"),
    "topic.added": N_("added a topic"),
    "topic.changed": N_("changed a topic"),
    "topic.retired": N_("retired a topic"),
    "agent.absence": N_("changed an absence"),
    "ticket.passed_on": N_("passed on the enquiry of an absent colleague"),
    "agent.added": N_("added to those who answer enquiries"),
    "agent.availability": N_("changed capacity or languages"),
    "agent.level": N_("changed a competence level"),
    "guide.reviewed": N_("looked through a guide"),
    "customer.checked": N_("confirmed master data"),
    "customer.deletion_ended": N_("ended the time for restoring"),
    "customer.merged": N_("merged another one into this"),
    "customer.merged_away": N_("merged into another one"),
    "customer.merge_undone": N_("parted a merge"),
    "customer.restored": N_("restored"),
    "customer.put_back": N_("put back on their own list"),
    "customer.status": N_("changed the status"),
    "customer.taken_up_again": N_("took up again on their own list"),
    "person.informed": N_("noted that the person was informed"),
    "privacy.particulars": N_("changed the particulars of data protection"),
    "notice.text": N_("changed the text of the notice"),
    "notice.run": N_("sent notices to many"),
    "notice.sent": N_("sent the notice of Art. 14"),
    "processing_record.printed": N_("printed the record of processing"),
    "person.linked": N_("linked to a customer"),
    "person.unlinked": N_("parted from a customer"),
    "customer.tagged": N_("changed tags"),
    "answer.approved": N_("approved an answer"),
    "assessment.opened": N_("opened an assessment round"),
    "intended_journey.planned": N_("planned a journey"),
    "intended_journey.changed": N_("changed an intended journey"),
    "intended_journey.deleted": N_("deleted an intended journey"),
    "assessment.changed": N_("changed an assessment round"),
    "assessment.closed": N_("closed an assessment round"),
    "answer.drafted": N_("drafted an answer"),
    "answer.retired": N_("retired an answer"),
    "answer.returned": N_("used an answer again"),
    "answer.used": N_("changed what an answer is used for"),
    "attribute.changed": N_("changed a definition"),
    "attribute.defined": N_("defined an attribute"),
    "attribute.deleted": N_("deleted a value"),
    "attribute.expired": N_("deleted a value in time"),
    "attribute.read": N_("read a special category"),
    "attribute.retired": N_("retired an attribute"),
    "attribute.reused": N_("uses an attribute again"),
    "attribute.written": N_("wrote a value"),
    "customer.handed_over": N_("handed over"),
    "duty.changed": N_("changed a duty to keep"),
    "erasure.approved": N_("approved an erasure"),
    "erasure.cancelled": N_("gave an erasure up"),
    "erasure.changed": N_("asks anew, since something has changed"),
    "erasure.done": N_("erased a person"),
    "erasure.duty_ended": N_("erased what a duty had kept"),
    "erasure.handed_back": N_("handed an erasure back"),
    "erasure.prepared": N_("prepared an erasure"),
    "erasure.replayed": N_("erased again after a restore"),
    "erasure.keys_entered": N_("remembered whom an erasure was about, after a restore"),
    "erasure.submitted": N_("asked for approval of an erasure"),
    "hold.lifted": N_("lifted a legal hold"),
    "hold.placed": N_("placed a legal hold"),
    "retention.approved": N_("approved a rule of retention"),
    "retention.changed": N_("changed a rule of retention"),
    "retention.done": N_("deleted by a rule of retention"),
    "suppression.overruled": N_("entered somebody who was erased"),
    "feedback.noted": N_("noted"),
    "feedback.closed": N_("closed a criticism with a reason"),
    "feedback.reopened": N_("opened a criticism again"),
    "feedback.mended": N_("mended"),
    "call_back.noted": N_("noted"),
    "call_back.done": N_("done"),
    "call_back.tried": N_("not reached"),
    "call_back.taken": N_("taken on"),
    "call_back.caller_named": N_("caller named"),
    "observation.linked": N_("linked to a customer"),
    "observation.unlinked": N_("link taken back"),
    "observation.became_enquiry": N_("made into an enquiry"),
    "interaction.corrected": N_("corrected"),
    "interaction.order_connected": N_("connected with an order"),
    "interaction.order_parted": N_("parted from an order"),
    "follow_up_rule.changed": N_("changed a rule of follow-ups"),
    "alarm.acknowledged": N_("took care of an alarm"),
    "alarm.raised": N_("raised an alarm"),
    "alarm.withdrawn": N_("withdrew an alarm"),
    "reminder.reopened": N_("opened again"),
    "log_address.renewed": N_("renewed the log address"),
    "logged_mail.dropped": N_("dropped a mail"),
    "incoming_mail.dismissed": N_("dropped an incoming e-mail"),
    "ticket.chat_kept": N_("opened it from a chat"),
    "incoming_mail.rescued": N_("said that an entry is no spam"),
    "incoming_mail.spam_dismissed": N_("dropped all spam"),
    "incoming_mail.filed": N_("put an incoming e-mail into an enquiry"),
    "status_page.revoked": N_("ended the links to a customer's page"),
    "letter_box.changed": N_("changed a letter box"),
    "letter_box.created": N_("added a letter box"),
    "web_form.changed": N_("changed a web form"),
    "web_form.created": N_("added a web form"),
    "web_form.restored": N_("offered a web form again"),
    "web_form.retired": N_("retired a web form"),
    "interaction.document_added": N_("attached a document to a contact"),
    "address_origin.recorded": N_("recorded with which purchase an address came"),
    "address_origin.taken_back": N_("took back with which purchase an address came"),
    "preference_link.made": N_("fetched the link to a preference page"),
    "preference_link.mailed": N_("mailed the link to a preference page"),
    "mail.again": N_("tried a mail again"),
    "mail.written": N_("wrote a mail"),
    "mail_template.retired": N_("retired a template"),
    "mail_template.returned": N_("offered a template again"),
    "reminder.given": N_("given to a colleague"),
    "interview.deleted": N_("deleted an interview's note"),
    "interview.noted": N_("noted what was said in an interview"),
    "survey.changed": N_("changed a survey"),
    "survey.discarded": N_("threw a survey away"),
    "survey.drafted": N_("wrote a survey down"),
    "survey.ended": N_("ended a survey"),
    "survey.paper_typed": N_("typed in an answer from paper"),
    "survey.paused": N_("paused a survey"),
    "survey.resumed": N_("let a survey go on"),
    "survey.staff_asked": N_("asked colleagues in a survey"),
    "survey.started": N_("started a survey"),
    "mailing.called_off": N_("took back the confirmation of a mailing"),
    "mailing.changed": N_("changed a mailing"),
    "mailing.confirmed": N_("confirmed a mailing"),
    "mailing.discarded": N_("threw a mailing away"),
    "mailing.drafted": N_("drafted a mailing"),
    "mailing.paused": N_("paused a mailing"),
    "mailing.resumed": N_("let a mailing go on"),
    "mailing.stopped": N_("stopped a mailing"),
    "measure.answers": N_("linked a measure with what it answers"),
    "measure.answers_not": N_("took the link of a measure back"),
    "measure.changed": N_("changed a measure"),
    "measure.dropped": N_("gave a measure up"),
    "measure.finished": N_("marked a measure as carried out"),
    "measure.planned": N_("planned a measure"),
    "measure.started": N_("started a measure"),
    "measure.taken_up": N_("took a measure up again"),
    "measure.task_added": N_("added a task"),
    "measure.task_deleted": N_("removed a task"),
    "measure.task_done": N_("did a task"),
    "measure.task_undone": N_("opened a task again"),
    "persona.changed": N_("changed a persona"),
    "persona.deleted": N_("deleted a persona"),
    "persona.described": N_("described a persona"),
    "programme.started": N_("planned the four-week programme"),
    "export.fetched": N_("fetched the file"),
    "export.made": N_("exported"),
    "export.requested": N_("asked for an export"),
    "vcard.taken": N_("took a vCard"),
    "link.invitation": N_("invited"),
    "link.password": N_("asked for a password link"),
    "login.done": N_("logged in"),
    "login.failed": N_("failed to log in"),
    "password.changed": N_("changed the password"),
    "password.set": N_("set a password by link"),
    "phase.changed": N_("changed a phase"),
    "phase.created": N_("added a phase"),
    "phase.ordered": N_("changed the order of the journey"),
    "phase.restored": N_("offered a phase again"),
    "phase.retired": N_("retired a phase"),
    "touchpoint.activated": N_("took a touchpoint into use"),
    "touchpoint.changed": N_("changed a touchpoint"),
    "touchpoint.created": N_("added a touchpoint"),
    "touchpoint.retired": N_("retired a touchpoint"),
    "reason.restored": N_("offered a reason again"),
    "reason.retired": N_("retired a reason"),
    "product.restored": N_("offered a product again"),
    "product.retired": N_("retired a product"),
    "second_factor.off": N_("switched two-factor log-in off"),
    "second_factor.on": N_("switched two-factor log-in on"),
    "second_factor.recovery_codes": N_("made new recovery codes"),
    "consent.link_sent": N_("sent a link to confirm a consent"),
    "customer.dossier_printed": N_("printed the dossier of a customer"),
    "consent.proof_printed": N_("printed the proof of a consent"),
    "purpose.added": N_("added a purpose"),
    "access_copy.requested": N_("asked for a copy of all data"),
    "access_copy.made": N_("made the copy"),
    "access_copy.blacked": N_("blacked out something in the copy"),
    "access_copy.shown": N_("took a blackening back"),
    "access_copy.sent": N_("sent the link to the copy"),
    "access_copy.link_ended": N_("ended the link to the copy"),
    "access_copy.handed": N_("handed the copy over"),
    "access_copy.fetched": N_("fetched a file of the copy"),
    "data_request.filed": N_("received"),
    "purpose.changed": N_("changed a purpose"),
    "purpose.retired": N_("retired a purpose"),
    "purpose.reused": N_("took a purpose back into use"),
    "wording.added": N_("added a version of a wording"),
    "data_request.worked_on": N_("worked on"),
    "customer.restricted": N_("restricted the processing"),
    "customer.restriction_lifted": N_("lifted the restriction"),
    "person.restricted": N_("restricted the processing"),
    "person.restriction_lifted": N_("lifted the restriction"),
    "score.review_asked": N_("recorded a request for review"),
    "score.review_decided": N_("decided the ABC class"),
    "score.review_taken_back": N_("took a decision back"),
    "score_run.requested": N_("had customer values computed"),
    "score_settings.changed": N_("changed the rules of customer values"),
    "session.ended": N_("logged out"),
    "tag.deleted": N_("deleted a tag"),
    "tag.merged": N_("merged a tag into another"),
    "tag.renamed": N_("renamed a tag"),
    "user.signature": N_("changed the signature"),
    "ticket.closed_for_good": N_("closed for good, by itself"),
    "ticket.given_back": N_("gave back to a lower level"),
    "ticket.linked": N_("linked with another enquiry"),
    "ticket.merged": N_("merged into another enquiry"),
    "ticket.parted": N_("took a merge back"),
    "ticket.unlinked": N_("took a link back"),
    "ticket.message_received": N_("recorded a message"),
    "ticket.product_connected": N_("connected with a product"),
    "ticket.product_parted": N_("parted from a product"),
    "ticket.order_connected": N_("connected with an order"),
    "ticket.order_parted": N_("parted from an order"),
    "ticket.promised_anew": N_("computed the due times anew"),
    "ticket.forwarded": N_("forwarded it"),
    "ticket.outsider_answered": N_("received an answer to what was forwarded"),
    "ticket.shown": N_("showed it to a colleague"),
    "ticket.sent_again": N_("sent a message again"),
    "text_block.added": N_("added a text block"),
    "text_block.changed": N_("changed a text block"),
    "text_block.retired": N_("retired a text block"),
    "text_block.returned": N_("offered a text block again"),
    "ticket.status": N_("changed the status"),
    "quality.drawn": N_("drew a sample of conversations"),
    "quality.left_out": N_("took a conversation out of the sample"),
    "quality.rated": N_("gave feedback on a conversation"),
    "topic_rule.created": N_("added a rule for topics"),
    "topic_rule.changed": N_("changed a rule for topics"),
    "topic_rule.deleted": N_("deleted a rule for topics"),
    "latitude.added": N_("said what agents may decide alone"),
    "latitude.changed": N_("changed what agents may decide alone"),
    "latitude.removed": N_("removed what agents may decide alone"),
    "service_level.changed": N_("changed the service level"),
    "calendar.changed": N_("changed the calendar"),
    "topic.level": N_("changed the level of a topic"),
    "backup.made": N_("made a backup"),
    "settings.changed": N_("changed the settings"),
    "report.corrected": N_("had a report drawn up anew"),
    "report.readers": N_("changed to whom reports are mailed"),
    "report.scopes": N_("chose which reports are made by themselves"),
    "settings.logo": N_("changed the logo"),
    "team.added": N_("added a team"),
    "team.removed": N_("removed a team"),
    "token.issued": N_("made an API token"),
    "token.revoked": N_("ended an API token"),
    "user.added": N_("added a user"),
    "user.changed": N_("changed a user"),
    "user.notifications_changed": N_("changed when notifications are mailed"),
    "user.deactivated": N_("deactivated a user"),
    "user.handed_over": N_("handed over a user's work"),
    "user.reactivated": N_("let a user in again"),
}

_VERBS = {
    "added": N_("added"),
    "assigned": N_("assigned"),
    "changed": N_("changed"),
    "closed": N_("closed"),
    "completed": N_("completed"),
    "created": N_("created"),
    "deleted": N_("deleted"),
    "forgotten": N_("removed for good"),
    "restored": N_("restored"),
    "escalated": N_("gave to a higher level"),
    "imported": N_("imported"),
    "logged": N_("logged"),
    "opened": N_("opened"),
    "postponed": N_("postponed"),
    "recorded": N_("recorded"),
    "removed": N_("removed"),
    "reopened": N_("reopened"),
    "replied": N_("answered"),
    "requested": N_("requested"),
    "withdrawn": N_("withdrew"),
}

CONVERSION_TRIGGERS = {
    "first_order": N_("their first order"), "account": N_("a customer account"), "newsletter": N_("subscribing to the newsletter"),
    "hand": N_("only by hand"),
}  # fmt: skip
"""The actions of which the company chooses one: it turns a prospect into a customer."""

FIELDS = {
    "conversion_trigger": N_("What makes a prospect a customer"),
    "untouched_after_days": N_("Days without contact for customers without a contact rhythm"),
    "prospect_service_level": N_("Service level of new prospects"),
    "assignee": N_("Responsible"),
    "city": N_("Town"),
    "colleague": N_("Colleague"),
    "country": N_("Country"),
    "customers": N_("Customers"),
    "deputy": N_("Deputy"),
    "deputy_id": N_("Deputy"),
    "email": N_("E-mail address"),
    "imap_host": N_("Server for receiving (IMAP)"),
    "imap_password": N_("Password for receiving"),
    "imap_port": N_("Port for receiving"),
    "imap_security": N_("Encryption for receiving"),
    "imap_user": N_("User name for receiving"),
    "mail_opens_tickets": N_("E-mails in the letter box become enquiries"),
    "acknowledges_mail": N_("The sender gets an automatic acknowledgement"),
    "closes_after_days": N_("Days after which a solved enquiry closes by itself"),
    "edition": N_("Edition"),
    "report_month": N_("Month of the report"),
    "report_note": N_("What is corrected"),
    "report_readers": N_("Readers of the reports"),
    "report_scope": N_("Team or list of the report"),
    "report_scopes": N_("Reports made by themselves"),
    "report_colour": N_("Colour of the reports"),
    "report_nps_target": N_("Target of the NPS"),
    "report_promises_target": N_("Target of promises kept (percent)"),
    "report_first_contact_target": N_("Target of enquiries solved at the first contact (percent)"),
    "confirmation_days": N_("Days in which a consent can be confirmed by its link"),
    "reopens_within_days": N_("Days in which an answer reopens a closed enquiry"),
    "imprint": N_("Imprint"),
    "ip_address": N_("Address"),
    "language": N_("Language"),
    "link": N_("Link"),
    "logo": N_("Logo"),
    "mail_from": N_("Sender"),
    "name": N_("Name"),
    "owner": N_("Owner"),
    "owner_id": N_("Owner"),
    "phone": N_("Telephone"),
    "postcode": N_("Postcode"),
    "priority": N_("Priority"),
    "reminders": N_("Follow-ups"),
    "role": N_("Role"),
    "second_factor": N_("Second factor"),
    "service_level": N_("Service level"),
    "session": N_("Session"),
    "sessions": N_("Sessions"),
    "single_keys": N_("Single keys"),
    "smtp_host": N_("Server for sending (SMTP)"),
    "smtp_password": N_("Password for sending"),
    "smtp_port": N_("Port for sending"),
    "smtp_security": N_("Encryption for sending"),
    "smtp_user": N_("User name for sending"),
    "status": N_("Status"),
    "street": N_("Street"),
    "team": N_("Team"),
    "theme": N_("Appearance"),
    "tickets": N_("Enquiries"),
    "token": N_("Token"),
    "topic": N_("Topic"),
    "user_agent": N_("Browser"),
}


def role_name(role: Role | str) -> str:
    """The role in the language of the moment."""
    return _(_ROLES[Role(role)])


def subject_name(kind: str) -> str:
    """The kind of record that an audit entry is about; what has no word yet by its code."""
    return _(_SUBJECTS[kind]) if kind in _SUBJECTS else kind


def subject_address(kind: str, subject_id: int | None) -> str:
    """The page of the record, where it has one of its own."""
    return _PAGES[kind].format(subject_id) if kind in _PAGES and subject_id is not None else ""


def action_name(code: str) -> str:
    """What was done, as a verb."""
    if code in _ACTIONS:
        return _(_ACTIONS[code])
    verb = code.rpartition(".")[2]
    return _(_VERBS[verb]) if verb in _VERBS else code


def wrong_fields(kind: str, errors: Mapping[str, str]) -> str:
    """The fields of a mail server that cannot be tried, each by its name, since the answer stands below all of them."""
    labels = {f"{kind}_host": _("Server"), f"{kind}_port": _("Port"), f"{kind}_security": _("Encryption")}
    return " ".join(f"{labels.get(name, field_name(name))}: {sentence}" for name, sentence in errors.items())


def field_name(name: str) -> str:
    return _(FIELDS[name]) if name in FIELDS else name


_STAFF_FIELDS = {
    "assignee",
    "colleague",
    "deputy",
    "deputy_id",
    "guide_owner",
    "owner",
    "owner_id",
    "responsible",
    "user",
    "user_id",
}


def before_and_after(name: str, value: Any, staff: Mapping[int, str]) -> tuple[str, str]:
    """The two values of a field as they are shown; a single value counts as the one after. Members of staff are shown
    by name, roles by their word."""
    before, after = value if isinstance(value, list) and len(value) == 2 else (None, value)
    return _field(name, before, staff), _field(name, after, staff)


def _field(name: str, value: Any, staff: Mapping[int, str]) -> str:
    if name in _STAFF_FIELDS and isinstance(value, int):
        return staff.get(value, str(value))
    if name == "role" and value in set(Role):
        return role_name(value)
    if name == "user_agent" and isinstance(value, str):
        return browser_name(value) if value else shown(value)
    return shown(value)


def actor_name(name: str | None, action: str) -> str:
    """Who did it; whoever fails to log in is not known."""
    return name or (_("somebody unknown") if action == "login.failed" else _("the program"))


def shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, (list, dict)):
        return msgspec.json.encode(value).decode()
    return str(value)


_BROWSERS = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
)  # fmt: skip
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """A browser's long name of itself, as people say it: "Firefox, Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(filter(None, (browser, system))) or user_agent[:60] or _("unknown browser")
