"""Mailings of the demo company: a newsletter that went out three weeks ago to those who agreed, and an invitation that is a draft."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute, fetch_value
from crm.demo.world import World
from crm.mailings.tables import MailingStatus

SENT_AGO = timedelta(days=21, hours=7)
DRAFTED_AGO = timedelta(days=2, hours=5)
PER_MINUTE = 60
MOST = 400
"""Readers of the newsletter: of a large demo company the first ones."""

_LETTER_DE = (
    "{Anrede}\n\nder Herbst ist Küchenzeit: Ab sofort stehen drei neue Fronten in unserer Ausstellung – geölte Eiche, Salbeigrün und ein "
    "mattes Schwarz, auf dem man keine Fingerabdrücke sieht.\n\nNeu ist auch unser Pflegeservice: Einmal im Jahr stellen wir "
    "Scharniere nach, ölen die Arbeitsplatte und sehen "
    "nach den Dichtungen. Rufen Sie an, oder antworten Sie einfach auf diese E-Mail. {Betreuung} "
    "kümmert sich darum."
)
_LETTER_EN = (
    "{salutation}\n\nautumn is kitchen time: three new fronts are in our showroom – oiled oak, sage green and a matt black that shows no "
    "fingerprints.\n\nOur care service is new, too: once a year we adjust hinges, oil the worktop and look after the seals. Call us, or "
    "simply answer this mail. {owner} will see to it."
)
_INVITATION_DE = (
    "{Anrede}\n\nam Samstag, 12. Dezember, öffnen wir von 10 bis 16 Uhr unsere Werkstatt. Sie sehen, wie eine Front entsteht, und dürfen "
    "selbst hobeln. Für Punsch und Gebäck ist gesorgt.\n\nSagen Sie uns bitte bis zum 7. Dezember, mit wie vielen Sie kommen."
)

_SENT = """
    INSERT INTO mailing (kind, purpose, name, "view", audience_by, query, view_name, subject_de, subject_en, body_de, body_en, per_minute,
        at_night, status, problem, created_by, created_at, changed_by, changed_at, version, confirmed, confirmed_by, confirmed_at,
        start_at, started_at, finished_at)
    VALUES ('newsletter', 'newsletter', 'Herbstausgabe: neue Fronten, Pflegeservice', NULL, $1, 'status=customer', 'Alle Kunden',
        'Neue Fronten und ein Pflegeservice', 'New fronts and a care service', $2, $3, $4, false, 'done', '', $5,
        $6::timestamptz - interval '4 days', $5, $6::timestamptz - interval '3 days', 3, 0, $1, $6, $6, $6, $6) RETURNING id
"""
# Who had agreed by then, an address each; of thirty mails one came back.
_READERS = f"""
    WITH agreed AS (
        SELECT DISTINCT ON (lower(e.address)) c.id AS customer, p.id AS person, e.address, p.language,
            trim(p.given_name || ' ' || p.family_name) AS name
        FROM consent_event v JOIN person p ON p.id = v.person_id AND p.restricted_at IS NULL
        JOIN LATERAL (SELECT address FROM email_address WHERE person = p.id AND returned_at IS NULL ORDER BY position, id LIMIT 1) e ON true
        JOIN LATERAL (SELECT c.id FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE a.person = p.id AND c.status = 'customer' AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND c.created_at < $2
            ORDER BY a.is_self DESC, c.id LIMIT 1) c ON true
        WHERE v.purpose = 'newsletter' AND v.channel = 'email' AND v.event = 'confirmed' AND v.at < $2
            AND NOT EXISTS (SELECT FROM consent_event w WHERE w.person_id = v.person_id AND w.purpose = v.purpose AND w.channel = v.channel
                AND w.event IN ('refused', 'withdrawn', 'objected', 'expired') AND w.at < $2)
        ORDER BY lower(e.address), c.id LIMIT {MOST}
    ), numbered AS (
        SELECT *, row_number() OVER (ORDER BY customer) AS n FROM agreed
    ), mails AS (
        INSERT INTO outbox_message (status, purpose, to_address, to_name, subject, text, html, language, message_id, in_reply_to, headers,
            permission, customer_id, person_id, dedupe_key, attempts, created_at, sent_at, error, from_address, reply_to)
        SELECT CASE WHEN n % 30 = 7 THEN 'failed' ELSE 'sent' END, 'newsletter', address, name,
            CASE WHEN language = 'en' THEN 'New fronts and a care service' ELSE 'Neue Fronten und ein Pflegeservice' END,
            CASE WHEN language = 'en' THEN $4::text ELSE $3::text END, '', language, '<newsletter-' || n || '@lindenlaub.example>', '',
            '{{}}',
            '{{"allowed": true, "basis": "consent", "code": "", "params": {{}}}}', customer, person,
            'mailing ' || $1::bigint || ' demo ' || n, 1,
            $2::timestamptz + n * interval '1 second', CASE WHEN n % 30 <> 7 THEN $2::timestamptz + n * interval '1 second' END,
            CASE WHEN n % 30 = 7 THEN '550 5.1.1 Mailbox unavailable' ELSE '' END, '', ''
        FROM numbered RETURNING id, customer_id, person_id, to_address, to_name, language, subject, created_at
    ), readers AS (
        INSERT INTO mailing_recipient (mailing, customer_id, person_id, name, address, language, state, reason, basis, outbox_id)
        SELECT $1, customer_id, person_id, to_name, to_address, language, 'handed_over', '', 'consent', id FROM mails ORDER BY id
        RETURNING id, outbox_id
    )
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail)
    SELECT m.customer_id, m.person_id, 'mail', m.created_at, r.id, m.subject, '', $5,
        jsonb_build_object('mailing', $1::bigint, 'outbox', m.id, 'channel', 'email', 'automatic', true)
    FROM readers r JOIN mails m ON m.id = r.outbox_id
"""
_LEFT_OUT = """
    INSERT INTO mailing_recipient (mailing, customer_id, person_id, name, address, language, state, reason, basis)
    SELECT $1, c.id, p.id, coalesce(trim(p.given_name || ' ' || p.family_name), c.name), coalesce(e.address, ''), c.language, 'left_out',
        CASE WHEN e.address IS NULL THEN 'no_address' WHEN e.returned_at IS NOT NULL THEN 'returned' ELSE 'consent_none' END, ''
    FROM (SELECT * FROM customer WHERE status = 'customer' AND deleted_at IS NULL AND restricted_at IS NULL AND created_at < $2
        ORDER BY id LIMIT 600) c
    JOIN affiliation a ON a.customer = c.id JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    LEFT JOIN LATERAL (SELECT address, returned_at FROM email_address WHERE person = p.id ORDER BY position, id LIMIT 1) e ON true
    WHERE NOT EXISTS (SELECT FROM consent_event v WHERE v.person_id = p.id AND v.purpose = 'newsletter' AND v.channel = 'email')
        AND NOT EXISTS (SELECT FROM mailing_recipient r WHERE r.mailing = $1 AND r.person_id = p.id)
"""


async def write_mailings(world: World) -> None:
    """The sent one with its readers and their histories, and the draft."""
    await execute(
        "SELECT setval('mailing_id_seq', coalesce(max(id), 0) + 1, false) FROM mailing"
    )  # histories name them
    lead, sales, at = world.staff.ids["lead"], world.staff.ids["sales"], world.now - SENT_AGO
    mailing = await fetch_value(_SENT, lead, _LETTER_DE, _LETTER_EN, PER_MINUTE, sales, at)
    english = _filled(_LETTER_EN, "Good morning,")
    await execute(_READERS, mailing, at, _filled(_LETTER_DE, "Guten Tag,"), english, lead)
    await execute(_LEFT_OUT, mailing, at)
    await execute(
        "UPDATE mailing SET confirmed = x.n, finished_at = $2::timestamptz + x.n * interval '1 second' FROM (SELECT count(*) AS n "
        "FROM mailing_recipient WHERE mailing = $1 AND state = 'handed_over') x WHERE id = $1",
        mailing, at,
    )  # fmt: skip
    await execute(
        'INSERT INTO mailing (kind, purpose, name, "view", audience_by, query, view_name, subject_de, subject_en, body_de, body_en, '
        "per_minute, at_night, status, problem, created_by, created_at, changed_by, changed_at, version, confirmed) "
        "SELECT 'invitation', 'offers', 'Offene Werkstatt im Dezember', v.id, v.owner, '', '', 'Einladung: Samstag in unserer Werkstatt', "
        "'', $1, '', $2, false, $3, '', $4, $5, $4, $5, 1, 0 FROM (SELECT 1) one LEFT JOIN saved_view v ON v.owner = $4 "
        "AND v.team IS NOT NULL ORDER BY v.id LIMIT 1",
        _INVITATION_DE, PER_MINUTE, MailingStatus.DRAFT.value, lead, world.now - DRAFTED_AGO,
    )  # fmt: skip


def _filled(text: str, greeting: str) -> str:
    """As somebody got it whom the company looks after as a whole."""
    for name, value in (
        ("{Anrede}", greeting),
        ("{salutation}", greeting),
        ("{Betreuung}", "Ihr Team"),
        ("{owner}", "Our team"),
    ):
        text = text.replace(name, value)
    return text
