"""Every page: axe finds nothing (WCAG 2.2 AA), nothing runs over the edge, nothing is fetched from elsewhere, no error in the
console, and no English on a German page; light and dark, 360 and 1440 px, German and English."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.async_playwright import Axe
from babel.messages.pofile import read_po

from crm.app import create_litestar
from crm.settings import Settings

pytestmark = pytest.mark.e2e

# route -> (who looks, the address; {customer}, {person}, {ticket}, {user} and {month} are filled in; a page that speaks to a
# customer speaks the customer's language unless {lang} was chosen on it)
PAGES = {
    "/": ("sales", "/"),
    "/account": ("sales", "/account"),
    "/account/notifications": ("sales", "/account/notifications"),
    "/account/password": ("sales", "/account/password"),
    "/account/signature": ("sales", "/account/signature"),
    "/account/sessions": ("sales", "/account/sessions"),
    "/account/tokens": ("sales", "/account/tokens"),
    "/account/two-factor": ("sales", "/account/two-factor"),
    "/account/mail-log": ("sales", "/account/mail-log"),
    "/mails/new": ("sales", "/mails/new?customer={customer}"),
    "/mails/picked": ("sales", "/mails/picked?customer_id={customer}"),
    "/mail-templates": ("lead", "/mail-templates"),
    "/mail-templates/new": ("lead", "/mail-templates/new"),
    "/mail-templates/{template_id:int}/edit": ("lead", "/mail-templates/1/edit"),
    "/answered/{token:str}": ("", "/answered/1-out-of-date"),
    "/answers": ("lead", "/answers"),
    "/answers/automation": ("lead", "/answers/automation"),
    "/answers/new": ("agent", "/answers/new"),
    "/answers/ways": ("manager", "/answers/ways"),
    "/answers/{answer_id:int}": ("lead", "/answers/1"),
    "/answers/{answer_id:int}/edit": ("lead", "/answers/1/edit"),
    "/assessments": ("lead", "/assessments"),
    "/assessments/new": ("manager", "/assessments/new"),
    "/assessments/{round_id:int}": ("agent", "/assessments/{open_round}"),
    "/assessments/{round_id:int}/edit": ("lead", "/assessments/{open_round}/edit"),
    "/assessments/{round_id:int}/results": ("manager", "/assessments/{round}/results"),
    "/attributes": ("admin", "/attributes"),
    "/attributes/new": ("admin", "/attributes/new"),
    "/attributes/purposes/new": ("admin", "/attributes/purposes/new"),
    "/attributes/{code:str}/edit": ("admin", "/attributes/decides_by/edit"),
    "/audit": ("dpo", "/audit"),
    "/access-log": ("dpo", "/access-log"),
    "/customers/{customer_id:int}/access-log": ("dpo", "/customers/{customer}/access-log"),
    "/persons/{person_id:int}/access-log": ("dpo", "/persons/{person}/access-log"),
    "/information": ("dpo", "/information"),
    "/information/texts/{code:str}": ("dpo", "/information/texts/de"),
    "/processing-record": ("dpo", "/processing-record"),
    "/privacy/particulars": ("dpo", "/privacy/particulars"),
    "/call-backs": ("sales", "/call-backs"),
    "/call-backs/new": ("sales", "/call-backs/new"),
    "/call-backs/{call_back_id:int}/result": ("sales", "/call-backs/{call_back}/result"),
    "/competences": ("lead", "/competences"),
    "/competences/agents/{user_id:int}": ("lead", "/competences/agents/{agent}"),
    "/quality": ("lead", "/quality"),
    "/quality/mine": ("agent", "/quality/mine"),
    "/quality/mine/{review_id:int}": ("agent", "/quality/mine/{feedback_for_agent}"),
    "/quality/{review_id:int}": ("lead", "/quality/{review}"),
    "/competences/topics/new": ("lead", "/competences/topics/new"),
    "/competences/topics/{topic_id:int}/edit": ("lead", "/competences/topics/2/edit"),
    "/competences/topics/{topic_id:int}/retirement": ("lead", "/competences/topics/2/retirement"),
    "/competences/topic-rules": ("lead", "/competences/topic-rules"),
    "/competences/topic-rules/new": ("lead", "/competences/topic-rules/new"),
    "/competences/topic-rules/{rule_id:int}/edit": ("lead", "/competences/topic-rules/{topic_rule}/edit"),
    "/competences/latitude": ("lead", "/competences/latitude"),
    "/competences/latitude/new": ("lead", "/competences/latitude/new"),
    "/competences/latitude/{latitude_id:int}/edit": ("lead", "/competences/latitude/{latitude}/edit"),
    "/competences/me": ("agent", "/competences/me"),
    "/addresses/{address_id:int}/consents": ("dpo", "/addresses/{address}/consents"),
    "/addresses/{address_id:int}/consents/new": (
        "dpo",
        "/addresses/{address}/consents/new?purpose=newsletter&channel=email",
    ),
    "/consents": ("dpo", "/consents"),
    "/consents/confirmation/{token:str}": ("", "/consents/confirmation/out-of-date"),
    "/consents/confirmed": ("", "/consents/confirmed"),
    "/consents/purposes": ("dpo", "/consents/purposes"),
    "/consents/purposes/new": ("dpo", "/consents/purposes/new"),
    "/consents/purposes/{code:str}": ("dpo", "/consents/purposes/newsletter"),
    "/consents/purposes/{code:str}/edit": ("dpo", "/consents/purposes/newsletter/edit"),
    "/customers": ("sales", "/customers"),
    "/customers/bulk-changes": ("sales", "/customers/bulk-changes"),
    "/customers/bulk-changes/new": (
        "sales",
        "/customers/bulk-changes/new?everything=1&place=berlin&change=tag_add&tag_value=Probe",
    ),
    "/customers/bulk-changes/{bulk_id:int}": ("sales", "/customers/bulk-changes/{bulk}"),
    "/customers/columns": ("sales", "/customers/columns?place=berlin"),
    "/customers/conversion": ("manager", "/customers/conversion"),
    "/customers/deleted": ("sales", "/customers/deleted"),
    "/customers/new": ("sales", "/customers/new"),
    "/customers/views": ("sales", "/customers/views"),
    "/customers/views/new": ("sales", "/customers/views/new?show=overdue"),
    "/customers/views/{view_id:int}/edit": ("sales", "/customers/views/{view}/edit"),
    "/customers/{customer_id:int}": ("sales", "/customers/{customer}"),
    "/customers/{customer_id:int}/documents": ("sales", "/customers/{customer}/documents"),
    "/customers/{customer_id:int}/deletion": ("sales", "/customers/{customer}/deletion"),
    "/customers/{customer_id:int}/fields/{name:str}": ("sales", "/customers/{customer}/fields/phones"),
    "/customers/{customer_id:int}/status": ("sales", "/customers/{customer}/status"),
    "/customers/{customer_id:int}/attributes": ("sales", "/customers/{customer}/attributes"),
    "/customers/{customer_id:int}/attributes/{code:str}/edit": (
        "sales",
        "/customers/{customer}/attributes/decides_by/edit",
    ),
    "/customers/{customer_id:int}/edit": ("sales", "/customers/{customer}/edit"),
    "/customers/{customer_id:int}/score": ("lead", "/customers/{scored}/score"),
    "/customers/{customer_id:int}/persons/known": ("sales", "/customers/{organisation}/persons/known?q=maier"),
    "/customers/{customer_id:int}/persons/{person_id:int}/parting": (
        "sales",
        "/customers/{customer}/persons/{person}/parting",
    ),
    "/customers/{customer_id:int}/persons/new": ("sales", "/customers/{organisation}/persons/new"),
    "/documents/{document_id:int}/deletion/new": ("sales", "/documents/{document}/deletion/new"),
    "/documents/{document_id:int}/edit": ("sales", "/documents/{document}/edit"),
    "/duplicates": ("sales", "/duplicates"),
    "/events": ("sales", "/events"),
    "/events/new": ("sales", "/events/new"),
    "/events/{event_id:int}": ("sales", "/events/1"),
    "/events/{event_id:int}/edit": ("sales", "/events/1/edit"),
    "/events/{event_id:int}/prospects/new": ("sales", "/events/1/prospects/new"),
    "/privacy/duties": ("dpo", "/privacy/duties"),
    "/privacy/erasures": ("admin", "/privacy/erasures"),
    "/privacy/erasures/{erasure_id:int}": ("admin", "/privacy/erasures/1"),
    "/privacy/holds": ("dpo", "/privacy/holds"),
    "/exports": ("dpo", "/exports"),
    "/exports/new": ("lead", "/exports/new?status=customer"),
    "/exports/{export_id:int}": ("lead", "/exports/{export}"),
    "/faq": ("", "/faq"),
    "/feedback": ("sales", "/feedback"),
    "/feedback/{feedback_id:int}/closure": ("agent", "/feedback/{criticism}/closure"),
    "/feedback/{feedback_id:int}/edit": ("lead", "/feedback/1/edit"),
    "/guides": ("lead", "/guides"),
    "/guides/new": ("lead", "/guides/new"),
    "/guides/{code:str}": ("lead", "/guides/listening"),
    "/guides/{code:str}/edit": ("lead", "/guides/listening/edit"),
    "/imports": ("lead", "/imports"),
    "/imports/new": ("lead", "/imports/new"),
    "/imports/{run_id:int}": ("lead", "/imports/{import}"),
    "/imports/{run_id:int}/mapping": ("lead", "/imports/{waiting_import}/mapping"),
    "/imports/{run_id:int}/reversal": ("lead", "/imports/{import}/reversal"),
    "/imprint": ("", "/imprint"),
    "/personas": ("lead", "/personas"),
    "/personas/new": ("manager", "/personas/new"),
    "/personas/{persona_id:int}": ("sales", "/personas/{persona}"),
    "/personas/{persona_id:int}/edit": ("lead", "/personas/{persona}/edit"),
    "/measures": ("lead", "/measures"),
    "/measures/new": ("manager", "/measures/new"),
    "/measures/programme": ("lead", "/measures/programme"),
    "/measures/{measure_id:int}": ("lead", "/measures/{measure}"),
    "/measures/{measure_id:int}/edit": ("manager", "/measures/{measure}/edit"),
    "/measures/{measure_id:int}/drop": ("lead", "/measures/{late_measure}/drop"),
    "/mailings": ("lead", "/mailings"),
    "/mailings/new": ("sales", "/mailings/new"),
    "/mailings/{mailing_id:int}": ("lead", "/mailings/{mailing}"),
    "/mailings/{mailing_id:int}/edit": ("sales", "/mailings/{draft_mailing}/edit"),
    "/mailings/{mailing_id:int}/readers": ("lead", "/mailings/{mailing}/readers?group=sent"),
    "/mailings/{mailing_id:int}/start": ("lead", "/mailings/{draft_mailing}/start"),
    "/interactions": ("sales", "/interactions"),
    "/journey": ("sales", "/journey?period=12m"),
    "/journey/intended": ("agent", "/journey/intended"),
    "/journey/intended/new": ("manager", "/journey/intended/new"),
    "/journey/intended/drafts/{draft_id:int}/{question:str}": (
        "manager",
        "/journey/intended/drafts/1/touchpoints",
    ),
    "/journey/intended/{intended_id:int}": ("lead", "/journey/intended/{intended}"),
    "/journey/intended/{intended_id:int}/edit": ("lead", "/journey/intended/{intended}/edit"),
    "/interactions/{interaction_id:int}": ("sales", "/interactions/{contact}"),
    "/interactions/{interaction_id:int}/deletion": ("lead", "/interactions/{contact}/deletion"),
    "/interactions/{interaction_id:int}/edit": ("lead", "/interactions/{contact}/edit"),
    "/interactions/reasons": ("lead", "/interactions/reasons"),
    "/interactions/reasons/new": ("lead", "/interactions/reasons/new"),
    "/interactions/reasons/{reason_id:int}/edit": ("lead", "/interactions/reasons/1/edit"),
    "/interactions/new": ("sales", "/interactions/new?customer={customer}"),
    "/privacy/requests": ("dpo", "/privacy/requests"),
    "/privacy/requests/new": ("sales", "/privacy/requests/new?customer={customer}"),
    "/privacy/requests/filed": ("sales", "/privacy/requests/filed"),
    "/privacy/requests/{request_id:int}": ("dpo", "/privacy/requests/1"),
    "/privacy/requests/{request_id:int}/answer": ("dpo", "/privacy/requests/1/answer?occasion=extension"),
    "/privacy/requests/{request_id:int}/rectification": ("dpo", "/privacy/requests/1/rectification"),
    "/privacy/retention": ("dpo", "/privacy/retention"),
    "/privacy/retention/runs": ("dpo", "/privacy/retention/runs"),
    "/privacy/retention/{rule_id:int}": ("dpo", "/privacy/retention/1"),
    "/privacy/restrictions": ("dpo", "/privacy/restrictions"),
    "/login": ("", "/login"),
    "/merges": ("sales", "/merges"),
    "/merges/new": ("sales", "/merges/new?survivor={pair_a}&merged={pair_b}"),
    "/merges/{merge_id:int}": ("sales", "/merges/{merge}"),
    "/notifications": ("sales", "/notifications"),
    "/observations": ("sales", "/observations"),
    "/observations/new": ("sales", "/observations/new"),
    "/observations/{interaction_id:int}/edit": ("lead", "/observations/{observation}/edit"),
    "/observations/{interaction_id:int}/enquiry": ("lead", "/observations/{observation}/enquiry"),
    "/observations/{interaction_id:int}/link": ("sales", "/observations/{observation}/link"),
    "/orders": ("sales", "/orders"),
    "/orders/new": ("sales", "/orders/new?customer={customer}"),
    "/orders/{order_id:int}": ("sales", "/orders/{order}"),
    "/orders/{order_id:int}/edit": ("sales", "/orders/{order}/edit"),
    "/outbox": ("admin", "/outbox"),
    "/password/forgotten": ("", "/password/forgotten"),
    "/password/new/{token:str}": ("", "/password/new/out-of-date"),
    "/persons/{person_id:int}/consents": ("dpo", "/persons/{person}/consents"),
    "/persons/{person_id:int}/consents/new": ("dpo", "/persons/{person}/consents/new?purpose=newsletter&channel=email"),
    "/persons/{person_id:int}/edit": ("sales", "/persons/{person}/edit"),
    "/persons/{person_id:int}/history": ("sales", "/persons/{person}/history"),
    "/portfolio": ("sales", "/portfolio"),
    "/portfolio/hand-over": ("lead", "/portfolio/hand-over"),
    "/products": ("sales", "/products"),
    "/products/new": ("admin", "/products/new"),
    "/products/{product_id:int}/edit": ("admin", "/products/{product}/edit"),
    "/quotations": ("sales", "/quotations"),
    "/quotations/new": ("sales", "/quotations/new?customer={customer}"),
    "/quotations/{quotation_id:int}": ("sales", "/quotations/{quotation}"),
    "/quotations/{quotation_id:int}/edit": ("sales", "/quotations/{quotation}/edit"),
    "/reminders": ("sales", "/reminders"),
    "/alarms": ("sales", "/alarms"),
    "/today/customers/{customer_id:int}/put-back": ("sales", "/today/customers/{customer}/put-back"),
    "/alarms/{alarm_id:int}/acknowledgement": ("sales", "/alarms/{alarm}/acknowledgement"),
    "/follow-up-rules": ("lead", "/follow-up-rules"),
    "/follow-up-rules/{code:str}": ("lead", "/follow-up-rules/quotation"),
    "/reminders/past": ("sales", "/reminders/past"),
    "/reminders/{reminder_id:int}/postponement": ("sales", "/reminders/{reminder}/postponement"),
    "/reminders/new": ("sales", "/reminders/new"),
    "/reminders/{reminder_id:int}/hand-over": ("sales", "/reminders/{reminder}/hand-over"),
    "/reminders/{reminder_id:int}/result": ("sales", "/reminders/{reminder}/result"),
    "/dashboard": ("manager", "/dashboard"),
    "/dashboard/contacts": ("manager", "/dashboard/contacts?channel=phone"),
    "/dashboard/answers": ("manager", "/dashboard/answers?metric=csat"),
    "/dashboard/enquiries": ("manager", "/dashboard/enquiries?what=missed"),
    "/dashboard/customers": ("manager", "/dashboard/customers"),
    "/dashboard/quotations": ("manager", "/dashboard/quotations"),
    "/dashboard/changes": ("manager", "/dashboard/changes"),
    "/dashboard/points": ("manager", "/dashboard/points"),
    "/dashboard/sales": ("manager", "/dashboard/sales"),
    "/dashboard/service": ("manager", "/dashboard/service"),
    "/dashboard/voices": ("manager", "/dashboard/voices"),
    "/dashboard/measures": ("manager", "/dashboard/measures"),
    "/dashboard/privacy": ("manager", "/dashboard/privacy"),
    "/dashboard/places": ("manager", "/dashboard/places"),
    "/dashboard/place": ("manager", "/dashboard/place?department=Vertrieb"),
    "/reports": ("manager", "/reports"),
    "/reports/readers": ("manager", "/reports/readers"),
    "/reports/scopes": ("manager", "/reports/scopes"),
    "/reports/{month:str}": ("manager", "/reports/{month}"),
    "/scores": ("manager", "/scores"),
    "/team": ("lead", "/team?period=30_days"),
    "/search": ("sales", "/search?q=gmbh"),
    "/calendars/new": ("lead", "/calendars/new"),
    "/calendars/{calendar_id:int}/retirement": ("lead", "/calendars/1/retirement"),
    "/service-levels/new": ("lead", "/service-levels/new?from=3"),
    "/service-levels/{level_id:int}/retirement": ("lead", "/service-levels/3/retirement"),
    "/calendars/{calendar_id:int}/edit": ("lead", "/calendars/1/edit"),
    "/calendars/{calendar_id:int}/versions": ("lead", "/calendars/1/versions"),
    "/service-levels": ("admin", "/service-levels"),
    "/service-levels/{level_id:int}/edit": ("lead", "/service-levels/3/edit"),
    "/service-levels/{level_id:int}/versions": ("lead", "/service-levels/3/versions"),
    "/settings": ("admin", "/settings"),
    "/settings/letter-boxes": ("admin", "/settings/letter-boxes"),
    "/settings/letter-boxes/new": ("admin", "/settings/letter-boxes/new"),
    "/settings/letter-boxes/{box_id:int}/edit": ("admin", "/settings/letter-boxes/1/edit"),
    "/settings/tags": ("admin", "/settings/tags"),
    "/settings/tags/{tag_id:int}": ("admin", "/settings/tags/{tag}"),
    "/tickets": ("lead", "/tickets"),
    "/tickets/{ticket_id:int}/products/new": ("agent", "/tickets/{ticket}/products/new"),
    "/incoming-mails": ("agent", "/incoming-mails"),
    "/incoming-mails/spam": ("agent", "/incoming-mails/spam"),
    "/tickets/views": ("lead", "/tickets/views"),
    "/tickets/views/new": ("lead", "/tickets/views/new?view=open&topic=billing"),
    "/tickets/views/{view_id:int}/edit": ("lead", "/tickets/views/{ticket_view}/edit"),
    "/tickets/waiting": ("lead", "/tickets/waiting"),
    "/tickets/{ticket_id:int}/status-page": ("lead", "/tickets/{ticket}/status-page"),
    "/orders/{order_id:int}/status-page": ("sales", "/orders/{order}/status-page"),
    "/status/{token:str}": ("", "{status}"),
    "/preferences": ("", "/preferences"),
    "/preferences/{token:str}": ("", "{preferences}?lang={lang}"),
    "/preferences/{token:str}/unsubscribe": ("", "{preferences}/unsubscribe?lang={lang}"),
    "/persons/{person_id:int}/preferences": ("sales", "/persons/{person}/preferences"),
    "/customers/{customer_id:int}/address-origins": ("sales", "/customers/{customer}/address-origins"),
    "/data-copy/{token:str}": ("", "/data-copy/1-1-out-of-date"),
    "/privacy/requests/{request_id:int}/copy": ("dpo", "/privacy/requests/1/copy"),
    "/privacy/requests/{request_id:int}/copy/texts": ("dpo", "/privacy/requests/1/copy/texts"),
    "/web-forms": ("lead", "/web-forms"),
    "/web-forms/new": ("lead", "/web-forms/new"),
    "/web-forms/{form_id:int}/edit": ("lead", "/web-forms/1/edit"),
    "/forms/{code:str}": ("", "/forms/kueche-anfrage"),
    "/forms/{code:str}/thanks": ("", "/forms/kueche-anfrage/thanks"),
    "/tickets/new": ("agent", "/tickets/new?customer={customer}"),
    "/tickets/{ticket_id:int}": ("lead", "/tickets/{ticket}"),
    "/tickets/{ticket_id:int}/assignment/edit": ("lead", "/tickets/{ticket}/assignment/edit"),
    "/tickets/{ticket_id:int}/closure/new": ("lead", "/tickets/{ticket}/closure/new"),
    "/tickets/{ticket_id:int}/orders/new": ("lead", "/tickets/{ticket}/orders/new"),
    "/tickets/{ticket_id:int}/giving-back/new": ("lead", "/tickets/{ticket}/giving-back/new"),
    "/tickets/{ticket_id:int}/links/new": ("lead", "/tickets/{ticket}/links/new"),
    "/tickets/{ticket_id:int}/merge/new": ("lead", "/tickets/{ticket}/merge/new"),
    "/tickets/{ticket_id:int}/edit": ("lead", "/tickets/{ticket}/edit"),
    "/tickets/{ticket_id:int}/escalations/new": ("lead", "/tickets/{ticket}/escalations/new"),
    "/tickets/{ticket_id:int}/messages/new": ("lead", "/tickets/{ticket}/messages/new"),
    "/tickets/{ticket_id:int}/status/edit": ("lead", "/tickets/{ticket}/status/edit"),
    "/tickets/{ticket_id:int}/forwards/new": ("lead", "/tickets/{ticket}/forwards/new"),
    "/tickets/{ticket_id:int}/text-blocks": ("lead", "/tickets/{ticket}/text-blocks"),
    "/text-blocks": ("lead", "/text-blocks"),
    "/text-blocks/new": ("lead", "/text-blocks/new"),
    "/text-blocks/{block_id:int}/edit": ("lead", "/text-blocks/1/edit"),
    "/interviews": ("lead", "/interviews"),
    "/survey/thanks": ("", "/survey/thanks"),
    "/survey/{token:str}": ("", "/survey/1-out-of-date"),
    "/surveys": ("lead", "/surveys"),
    "/surveys/new": ("lead", "/surveys/new"),
    "/surveys/{survey_id:int}": ("lead", "/surveys/{survey}"),
    "/surveys/{survey_id:int}/answer": ("agent", "/surveys/{staff_survey}/answer"),
    "/surveys/{survey_id:int}/edit": ("manager", "/surveys/{survey}/edit"),
    "/surveys/{survey_id:int}/paper": ("agent", "/surveys/{survey}/paper"),
    "/surveys/{survey_id:int}/preview": ("lead", "/surveys/{survey}/preview"),
    "/touchpoints": ("sales", "/touchpoints"),
    "/touchpoints/{code:str}": ("sales", "/touchpoints/hotline"),
    "/touchpoints/{code:str}/edit": ("lead", "/touchpoints/hotline/edit"),
    "/touchpoints/{code:str}/retirement": ("lead", "/touchpoints/hotline/retirement"),
    "/touchpoints/new": ("lead", "/touchpoints/new"),
    "/touchpoints/order": ("lead", "/touchpoints/order"),
    "/touchpoints/phases": ("lead", "/touchpoints/phases"),
    "/touchpoints/phases/new": ("lead", "/touchpoints/phases/new"),
    "/touchpoints/phases/{phase_code:str}/edit": ("lead", "/touchpoints/phases/action/edit"),
    "/users": ("admin", "/users"),
    "/users/new": ("admin", "/users/new"),
    "/users/{user_id:int}": ("admin", "/users/{agent}"),
    "/users/{user_id:int}/deactivation": ("admin", "/users/{agent}/deactivation"),
    "/{path:path}": ("sales", "/no-such-page"),
}
MORE = (
    ("lead", "/dashboard?from=2001-01-01&to=2001-01-31"), ("lead", "/dashboard/places?from=2001-01-01&to=2001-01-31"),
    ("lead", "/dashboard/place?department=Service&from=2001-01-01&to=2001-01-31"),
    ("agent", "/feedback?outcome=open"), ("lead", "/feedback?outcome=reason"), ("lead", "/feedback?outcome=measure"),
    ("sales", "/assessments"), ("lead", "/assessments/{round}"),
    ("lead", "/surveys/{staff_survey}"), ("sales", "/surveys/{anonymous_survey}"), ("sales", "/interviews?touchpoint=invoice"),
    ("agent", "/measures?status=all"), ("lead", "/measures/{late_measure}"), ("lead", "/measures?touchpoint=fair"),
    ("lead", "/mailings/{draft_mailing}"), ("agent", "/mailings/{mailing}"),
    ("lead", "/mailings/{draft_mailing}/readers?group=consent_none"),
    ("lead", "/"), ("manager", "/"), ("dpo", "/"), ("admin", "/"), ("agent", "/"),
    ("sales", "/customers?q=gibt-es-nicht"), ("sales", "/customers?q=maier&owner=me&no_contact=30&columns=tags,city,email,phone,due"),
    ("sales", "/customers/{organisation}"), ("lead", "/tickets/{solved}"),
    ("lead", "/tickets?view=open&topic=billing&level=2&q=rechnung"),
    ("lead", "/tickets?view=open"), ("dpo", "/scores"), ("admin", "/scores"), ("sales", "/customers/{customer}/score"),
    ("sales", "/customers/{scored}/score"), ("sales", "/customers/{scored}/attributes"), ("dpo", "/attributes"),
    ("lead", "/portfolio?axis=satisfaction"),
    ("sales", "/customers/{regular}"), ("sales", "/orders?show=late"),
    ("sales", "/quotations?show=waiting"), ("sales", "/quotations/{requested}"), ("sales", "/quotations/{declined}"),
    ("lead", "/call-backs?view=done"), ("lead", "/call-backs?view=mine"),
    ("lead", "/interactions/{observation}"), ("sales", "/observations?source=gibt-es-nicht"),
    ("sales", "/events/1?customer={organisation}"),
    ("sales", "/orders/new"), ("admin", "/products"), ("sales", "/orders?customer={regular}&q=gibt-es-nicht"),
)  # fmt: skip
"""The same page for somebody else, or with nothing on it."""
NOT_PAGES = {
    "/dashboard/place/pdf",
    "/surveys/{survey_id:int}/preview/mail",
    "/mailings/{mailing_id:int}/state", "/mailings/{mailing_id:int}/audience", "/mailings/{mailing_id:int}/preview/html",
    "/customers/{customer_id:int}/dossier", "/persons/{person_id:int}/consents/proofs", "/addresses/{address_id:int}/consents/proofs",
    "/persons/{person_id:int}/consents/documents", "/addresses/{address_id:int}/consents/documents",
    "/api/v1", "/schema", "/static", "/health", "/ready", "/files", "/login/second-factor", "/customers/duplicates",
    "/duplicates/{pair_id:int}",
    "/customers/options", "/customers/pick", "/documents/{document_id:int}/content", "/exports/{export_id:int}/file",
    "/privacy/erasures/{erasure_id:int}/certificate", "/processing-record/{record_id:int}",
    "/privacy/requests/{request_id:int}/copy/state", "/privacy/requests/{request_id:int}/copy/files/{copy_file_id:int}",
    "/exports/{export_id:int}/state", "/customers/{customer_id:int}/vcard", "/persons/{person_id:int}/vcard",
    "/guides/beside", "/interactions/belongings", "/interactions/fields",
    "/reminders/understood", "/notifications/count", "/notifications/stream",
    "/notifications/{notification_id:int}",
    "/imports/{run_id:int}/state", "/imports/{run_id:int}/wrong-rows",
    "/reports/{month:str}/state", "/reports/{month:str}/pdf", "/scores/state", "/tickets/fields",
    "/tickets/{ticket_id:int}/answers",
    "/tickets/{ticket_id:int}/conversation", "/tickets/{ticket_id:int}/messages/{message_id:int}/delivery",
    "/call-backs/callers", "/call-backs/understood", "/follow-up-rules/{code:str}/example",
    "/observations/fields", "/orders/fields", "/orders/lines", "/quotations/fields",
}  # fmt: skip
"""What answers data, files, redirects or a fragment of a page that is listed above. (The second step of the log-in needs an
account with a second factor: tests/accounts.)"""
NOT_FOUND = (
    "/no-such-page",
    "/data-copy/1-1-out-of-date",
    "/answered/1-out-of-date",
    "/password/new/out-of-date",
    "/consents/confirmation/out-of-date",
    "/preferences/1-out-of-date",
    "/survey/1-out-of-date",
)

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
# width, dark, language, with axe
LOOKS = [(1440, False, "de", True), (360, True, "de", False), (1440, True, "en", False), (360, False, "en", True)]
WHO = tuple(dict.fromkeys(who for who, _address in PAGES.values()))
PO = Path(__file__).parents[2] / "crm/translations/de"
SHOWN = """() => {
    const texts = [document.title];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        if (!walker.currentNode.parentElement.closest('script, style, [lang=en]:not(html)')) texts.push(walker.currentNode.textContent);
    }
    for (const element of document.querySelectorAll('[aria-label], [title], [placeholder], [data-confirm], [data-announce]')) {
        for (const name of ['aria-label', 'title', 'placeholder', 'data-confirm', 'data-announce']) {
            if (element.hasAttribute(name)) texts.push(element.getAttribute(name));
        }
    }
    for (const template of document.querySelectorAll('template')) texts.push(template.content.textContent);
    return texts.map((text) => text.replace(/\\s+/g, ' ').trim()).filter(Boolean);
}"""
OVER_THE_EDGE = """() => {
    if (document.documentElement.scrollWidth <= innerWidth + 1) return [];
    return [...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 4).map((each) => `${each.tagName.toLowerCase()}.${each.className}`);
}"""


def routes() -> Iterator[str]:
    """Every address of the app that a browser can open."""
    for route in create_litestar(Settings.from_env({})).routes:
        methods = {method for handler in getattr(route, "route_handlers", ()) for method in handler.http_methods}
        if "GET" in methods:
            yield route.path


def test_every_page_of_the_app_is_listed_here() -> None:
    found = {
        path
        for path in routes()
        if not any(path == not_page or path.startswith(not_page + "/") for not_page in NOT_PAGES)
    }
    assert found == set(PAGES)


@pytest.fixture(scope="session")
async def places(apis: Any) -> dict[str, str]:
    """What stands in the addresses: people and enquiries of the demo company."""
    admin, agent = await apis("admin"), await apis("agent")
    everybody = (await admin.get("/customers?limit=100"))["items"]
    open_ones = (await agent.get("/tickets?status=open&limit=50"))["items"]
    solved = (await agent.get("/tickets?status=closed&limit=1"))["items"]
    with_person = next(each for each in everybody if each["kind"] == "person")
    persons = (await admin.get(f"/customers/{with_person['id']}/persons"))["items"]
    attached = [await admin.get(f"/customers/{each['id']}/documents") for each in everybody[:60]]
    exported = await (await apis("lead")).post("/exports", {"purpose": "internal", "query": "status=prospect"})
    mailings = (await (await apis("lead")).get("/mailings"))["items"]
    surveys = (await (await apis("lead")).get("/surveys"))["items"]
    measures = (await (await apis("lead")).get("/measures"))["items"]
    rounds = await (await apis("lead")).get("/assessments")
    reports = (await (await apis("manager")).get("/reports"))["items"]
    orders = (await admin.get("/orders?limit=200"))["items"]
    of = {
        status: (await admin.get(f"/quotations?status={status}&limit=1"))["items"][0]["id"]
        for status in ("requested", "sent", "declined")
    }
    numbers = Counter(order["customer_id"] for order in orders)
    imports = (await admin.get("/imports"))["items"]
    sales = await apis("sales")
    view = await sales.post("/views", {"name": "Gold (Probe)", "query": "service_level=gold", "is_shared": True})
    twice = [
        await admin.post(
            "/customers",
            {"kind": "person", "given_name": name, "family_name": "Doppelmann", "email": "doppel@web.example"},
        )
        for name in ("Hans", "Johannes")
    ]
    merge = await admin.post("/merges", {"survivor": twice[0]["id"], "merged": twice[1]["id"]})
    two = [each["id"] for each in everybody if each["kind"] == "organisation"][:2]
    tag = {"change": "tag_add", "value": "Probe", "ids": [with_person["id"]]}
    bulk = await sales.post("/customers/bulk-changes", tag)
    reminder = (await sales.get("/reminders"))["items"][0]
    bad = {
        "customer_id": reminder["customer_id"],
        "channel": "phone",
        "text": "x",
        "impression": 1,
        "moment_of_truth": True,
    }
    await sales.post("/interactions", bad)
    return {
        "bulk": str(bulk["id"]),
        "reminder": str(reminder["id"]),
        "alarm": str((await sales.get("/alarms"))["items"][0]["id"]),
        "view": str(view["id"]),
        "ticket_view": str((await (await apis("lead")).get("/ticket-views"))["items"][0]["id"]),
        "tag": str((await admin.get("/tags"))["items"][0]["id"]),
        "pair_a": str(two[0]),
        "pair_b": str(two[1]),
        "merge": str(merge["id"]),
        "order": str(next(order["id"] for order in orders if order["items"])),
        "contact": str((await admin.get("/interactions"))["items"][0]["id"]),
        "call_back": str((await admin.get("/call-backs"))["items"][0]["id"]),
        "observation": str((await admin.get("/observations?which=open"))["items"][0]["id"]),
        "regular": str(numbers.most_common(1)[0][0]),
        "product": str((await admin.get("/products"))["items"][0]["id"]),
        "quotation": str(of["sent"]),
        "requested": str(of["requested"]),
        "declined": str(of["declined"]),
        "customer": str(with_person["id"]),
        "person": str(persons[0]["id"]),
        "organisation": str(next(each["id"] for each in everybody if each["kind"] == "organisation")),
        "scored": await _scored(admin, everybody),
        "ticket": str(next(each["id"] for each in open_ones if each["assignee_id"])),
        "solved": str(solved[0]["id"]),
        "review": str((await (await apis("lead")).get("/quality/reviews"))[0]["id"]),
        "feedback_for_agent": str((await (await apis("agent")).get("/quality/mine"))[0]["id"]),
        "topic_rule": str((await (await apis("lead")).get("/topic-rules"))[0]["id"]),
        "latitude": str((await (await apis("lead")).get("/latitude"))[0]["id"]),
        "agent": str(next(each["assignee_id"] for each in open_ones if each["assignee_id"])),
        "document": str(next(one["items"][0]["id"] for one in attached if one["items"])),
        "export": str(exported["id"]),
        "persona": str((await (await apis("lead")).get("/personas"))["items"][0]["id"]),
        "intended": str((await (await apis("lead")).get("/intended-journeys"))["items"][0]["id"]),
        "measure": str(next(each["id"] for each in measures if each["status"] == "done")),
        "late_measure": str(next(each["id"] for each in measures if each["is_overdue"])),
        "mailing": str(next(each["id"] for each in mailings if each["status"] == "done")),
        "draft_mailing": str(next(each["id"] for each in mailings if each["status"] == "draft")),
        "criticism": str((await (await apis("lead")).get("/feedback?outcome=open&limit=1"))["items"][0]["id"]),
        "open_round": str(next(each["id"] for each in rounds if not each["is_over"])),
        "round": str(next(each["id"] for each in rounds if each["is_over"])),
        "survey": str(next(each["id"] for each in surveys if each["occasion"] == "ticket_solved")),
        "staff_survey": str(next(each["id"] for each in surveys if each["audience"] == "staff")),
        "anonymous_survey": str(next(each["id"] for each in surveys if each["is_anonymous"])),
        "import": str(next(each["id"] for each in imports if each["status"] == "done")),
        "waiting_import": str(next(each["id"] for each in imports if each["status"] == "received")),
        "address": await _address(admin, everybody),
        "month": reports[1]["month"],
        "preferences": urlsplit((await sales.post(f"/persons/{persons[0]['id']}/preference-links", {}))["url"]).path,
        "status": urlsplit((await agent.get(f"/tickets/{open_ones[0]['id']}/status-page"))["url"]).path,
    }


async def _address(api: Any, customers: list[dict[str, Any]]) -> str:
    """An address that belongs to no person."""
    for each in customers:
        if found := (await api.get(f"/customers/{each['id']}/addresses"))["items"]:
            return str(found[0]["id"])
    raise AssertionError("no company has an address of its own")


async def _scored(api: Any, customers: list[dict[str, Any]]) -> str:
    """An organisation that has a customer value."""
    for each in customers:
        if each["kind"] == "organisation" and (await api.get(f"/customers/{each['id']}/score"))["abc_class"]:
            return str(each["id"])
    raise AssertionError("the demo has scored nobody")


def english() -> list[re.Pattern[str]]:
    """Every message whose German differs, as it would stand on a page that forgot to translate it."""
    patterns: dict[str, re.Pattern[str]] = {}
    german: set[str] = set()
    for path in PO.glob("*.po"):
        for message in read_po(path.open("rb"), locale="de"):
            ids = message.id if isinstance(message.id, tuple) else (message.id,)
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            german.update(strings)
            for text in ids:
                words = re.sub(r"%\(\w+\)[sd]|%%", " ", text).split()
                if text not in strings and len([word for word in words if word.isalpha()]) >= 2:
                    literal = re.escape(text.replace("%%", "%"))
                    patterns[text] = re.compile(re.sub(r"%\\\(\w+\\\)[sd]", ".+", literal))
    return [pattern for text, pattern in patterns.items() if text not in german]


ENGLISH = english()


def test_the_list_of_english_sentences_is_long_and_knows_placeholders() -> None:
    assert len(ENGLISH) > 500
    assert any(pattern.fullmatch("Consents of Anna Größmann") for pattern in ENGLISH)
    assert not any(pattern.fullmatch("Einwilligungen von Anna Größmann") for pattern in ENGLISH)


async def _faults(sitting: Any, path: str, *, language: str, with_axe: bool) -> list[str]:
    faults: list[str] = []
    status = await sitting.open(path)
    expected = 404 if path in NOT_FOUND else 200
    if status != expected:
        faults.append(f"answers {status}")
    page = sitting.page
    if await page.evaluate("document.documentElement.lang") != language:
        faults.append(f"does not speak {language}")
    if with_axe:
        result = await Axe().run(page, options=RULES)
        faults += [f"{v['id']}: {[node['target'] for node in v['nodes']][:3]}" for v in result.response["violations"]]
    if over := await page.evaluate(OVER_THE_EDGE):
        faults.append(f"runs over the edge: {over}")
    if language == "de":
        shown = {part for text in await page.evaluate(SHOWN) for part in (text, *text.split(" · "))}
        faults += [f"speaks English: {text}" for text in sorted(shown) if any(each.fullmatch(text) for each in ENGLISH)]
    known = ["404 (Not Found)"] if expected == 404 else []
    faults += [f"console: {error}" for error in sitting.errors if not any(each in error for each in known)]
    faults += [f"asks a stranger: {url}" for url in sitting.strangers]
    sitting.errors.clear()
    sitting.strangers.clear()
    return [f"{path} {fault}" for fault in faults]


@pytest.mark.parametrize(("width", "dark", "language", "with_axe"), LOOKS)
@pytest.mark.parametrize("who", WHO)
async def test_pages(
    desk: Any, places: dict[str, str], who: str, width: int, dark: bool, language: str, with_axe: bool
) -> None:
    sitting = await desk(who, width=width, dark=dark, locale="de-DE" if language == "de" else "en-GB")
    wanted = [address for reader, address in (*PAGES.values(), *MORE) if reader == who]
    if who and language != "de":
        await sitting.speak(language)
    try:
        faults = [
            fault
            for address in wanted
            for fault in await _faults(
                sitting, address.format_map({**places, "lang": language}), language=language, with_axe=with_axe
            )
        ]
    finally:
        if who and language != "de":
            await sitting.speak("de")
    assert not faults, "\n".join(faults)
