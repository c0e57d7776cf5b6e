"""Kinds, states and reasons in words."""

from __future__ import annotations

from crm.mailings.tables import MailingKind, MailingStatus
from crm.web.i18n import N_

KINDS = {
    MailingKind.NEWSLETTER: N_("Newsletter"),
    MailingKind.INVITATION: N_("Invitation"),
    MailingKind.THANK_YOU: N_("Thank-you"),
}
STATUSES = {
    MailingStatus.DRAFT: N_("draft"),
    MailingStatus.PLANNED: N_("planned"),
    MailingStatus.RUNNING: N_("being sent"),
    MailingStatus.PAUSED: N_("paused"),
    MailingStatus.DONE: N_("finished"),
    MailingStatus.CANCELLED: N_("stopped"),
}
TONES = {
    MailingStatus.DRAFT: "", MailingStatus.PLANNED: "petrol", MailingStatus.RUNNING: "petrol", MailingStatus.PAUSED: "amber",
    MailingStatus.DONE: "good", MailingStatus.CANCELLED: "amber",
}  # fmt: skip
REASONS = {
    "consent_none": N_("no consent"),
    "consent_pending": N_("consent not confirmed yet"),
    "consent_expired": N_("consent expired"),
    "consent_refused": N_("consent refused"),
    "consent_withdrawn": N_("consent withdrawn"),
    "consent_objected": N_("objected to it"),
    "no_address": N_("no e-mail address"),
    "returned": N_("mail to the address came back"),
    "double": N_("the address gets it already"),
    "person_instead": N_("company address, a person there gets it"),
    "restricted": N_("restricted (GDPR Art. 18)"),
    "unknown_person": N_("not there any more"),
    "purpose_retired": N_("the purpose is retired"),
    "channel_not_foreseen": N_("the purpose is not meant for e-mail"),
    "unknown_purpose": N_("the purpose does not exist any more"),
}
RESULTS = {
    "sent": N_("sent"),
    "under_way": N_("on their way"),
    "waiting": N_("still waiting"),
    "failed": N_("could not be delivered"),
    "refused": N_("refused in mid-run, after a withdrawal for instance"),
    "dropped": N_("not sent any more"),
}
BASES = {
    "consent": N_("consent"),
    "existing_customer": N_("existing customer (UWG § 7 (3))"),
    "legitimate_interest": N_("legitimate interest"),
}
LABELS = {
    "kind": N_("Kind"), "purpose": N_("Purpose"), "name": N_("Name"), "view_id": N_("To the customers of the saved view"),
    "subject_de": N_("Subject in German"), "body_de": N_("Text in German"), "subject_en": N_("Subject in English"),
    "body_en": N_("Text in English"), "per_minute": N_("Mails per minute"), "at_night": N_("Also at night and on days off"),
    "start_at": N_("Start"), "confirmed": N_("Number of readers"),
}  # fmt: skip
