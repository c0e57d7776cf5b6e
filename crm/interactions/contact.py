"""One contact: what its page and the API say about it, and what its form offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crm.accounts.current import CurrentUser
from crm.customers.data import full_name_sql
from crm.customers.queries import sees_restricted
from crm.customers.taking_part import names_sql
from crm.database import HIGHEST_ID, Row, fetch_one
from crm.errors import NotFound
from crm.interactions.participants import COLLEAGUE_IDS, PERSON_IDS, names_of
from crm.interactions.queries import LogForm, log_form
from crm.web.i18n import language

_CONTACT = f"""
    SELECT i.id, i.at, i.channel, i.direction, i.text, i.impression, i.is_moment_of_truth AS moment_of_truth, i.minutes,
        i.customer, c.name AS customer_name, i.person AS person_id, {full_name_sql("p")} AS person_name,
        coalesce(t.code, '') AS touchpoint, t.name_{{lang}} AS touchpoint_name, coalesce(h.code, '') AS phase,
        h.name_{{lang}} AS phase_name,
        coalesce(s.code, '') AS reason, s.name_{{lang}} AS reason_name, s.remedy_{{lang}} AS remedy,
        i.customer_order AS order_id, o.number AS order_number, i.quotation AS quotation_id,
        coalesce(q.number, q.subject) AS quotation_name, i.product AS product_id, d.name_{{lang}} AS product_name,
        i.ticket AS ticket_id, k.subject AS ticket_subject,
        {PERSON_IDS} AS participant_ids, {COLLEAGUE_IDS} AS colleague_ids, {names_sql("i.id", "i.person", "$2")} AS taking_part,
        i.gathering AS event_id, g.name AS event_name, i.by_user, u.name AS by_name, i.version,
        EXISTS (SELECT FROM interaction_mail m WHERE m.interaction = i.id AND m.follow_up ? 'key') AS is_automatic,
        EXISTS (SELECT FROM observation b WHERE b.interaction = i.id) AS is_observation,
        EXISTS (SELECT FROM followed_guide f WHERE f.interaction = i.id) AS has_guide,
        (SELECT min(e.at) FROM audit_entry e WHERE e.subject_kind = 'interaction' AND e.subject_id = i.id
            AND e.action = 'interaction.logged') AS logged_at,
        (SELECT min(r.due_at) FROM reminder r WHERE r.customer = i.customer AND r.interaction_id = i.id AND r.done_at IS NULL)
            AS follow_up_at
    FROM interaction i
    LEFT JOIN customer c ON c.id = i.customer
    LEFT JOIN person p ON p.id = i.person
    LEFT JOIN touchpoint t ON t.id = i.touchpoint
    LEFT JOIN phase h ON h.id = i.phase
    LEFT JOIN customer_order o ON o.id = i.customer_order
    LEFT JOIN quotation q ON q.id = i.quotation
    LEFT JOIN product d ON d.id = i.product
    LEFT JOIN contact_reason s ON s.id = i.reason
    LEFT JOIN ticket k ON k.id = i.ticket
    LEFT JOIN gathering g ON g.id = i.gathering
    LEFT JOIN staff u ON u.id = i.by_user
    WHERE i.id = $1 AND (c.id IS NULL OR c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2))
        AND (p.restricted_at IS NULL OR $2)
"""


async def contact_for(user: CurrentUser, interaction_id: int) -> Row:
    """The contact with the names of all that it belongs to; one statement. NotFound if it is missing or deleted, as its customer
    may be, or if customer or person are restricted and the user is not the data protection officer (GDPR Art. 18)."""
    lang = "de" if language.get() == "de" else "en"
    row = None
    if 0 < interaction_id <= HIGHEST_ID:
        row = await fetch_one(_CONTACT.format(lang=lang), interaction_id, sees_restricted(user))
    if row is None:
        raise NotFound()
    return row


async def correction_form(contact: Row, chosen: Mapping[str, int | None]) -> LogForm:
    """What the form of a correction offers: what that of a new contact does, and what the contact belongs to now or is `chosen`
    to, even if the person has left the customer or the enquiry is solved."""
    kept = (chosen[name] or contact[name] for name in ("ticket_id", "order_id", "quotation_id", "product_id"))
    form = await log_form(contact.customer, *kept)
    persons, tickets = form.persons, form.tickets
    if contact.person_id and contact.person_id not in {one[0] for one in persons}:
        persons = [*persons, (contact.person_id, contact.person_name or "", "")]
    if contact.ticket_id and contact.ticket_id not in {one[0] for one in tickets}:
        tickets = [*tickets, (contact.ticket_id, contact.ticket_subject or "")]
    gone = (
        set(contact.participant_ids) - {one[0] for one in persons},
        set(contact.colleague_ids) - {one[0] for one in form.colleagues},
    )
    if any(gone):
        names = await names_of(*gone)
        persons = [*persons, *((id, name, "") for (field, id), name in names.items() if field == "participant_ids")]
        colleagues = [(id, name) for (field, id), name in names.items() if field == "colleague_ids"]
        form = replace(form, colleagues=[*form.colleagues, *colleagues])
    return replace(form, persons=persons, tickets=tickets)
