"""What went badly of late in the demo company, and what became of it; and the follow-ups that came of their own accord."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute
from crm.demo.world import World
from crm.reminders.alarming import BAD_IMPRESSION, FRESH, WORST_ANSWERS

_CONTACTS = f"""
    INSERT INTO alarm (customer, "user", kind, interaction_id, detail, at)
    SELECT i.customer, c.owner, 'bad_moment', i.id, jsonb_build_object('impression', i.impression), i.at
    FROM interaction i JOIN customer c ON c.id = i.customer
    WHERE i.at > $1 AND i.is_moment_of_truth AND i.impression <= {BAD_IMPRESSION} AND c.deleted_at IS NULL ORDER BY i.id LIMIT $2
"""
_LOW = " OR ".join(f"a.metric = '{metric}' AND a.score <= {worst}" for metric, worst in WORST_ANSWERS.items())
_ANSWERS = f"""
    INSERT INTO alarm (customer, "user", kind, answer_id, detail, at)
    SELECT a.customer, c.owner, 'bad_answer', a.id, jsonb_build_object('answer', jsonb_build_array(a.metric, a.score)), a.at
    FROM survey_answer a JOIN customer c ON c.id = a.customer
    WHERE a.at > $1 AND ({_LOW}) AND c.deleted_at IS NULL ORDER BY a.id LIMIT $2
"""
# Of each owner's the two latest are open, the third is looked after, the others are put right.
_TAKEN = """
    UPDATE alarm a SET acknowledged_at = a.at + interval '3 hours', acknowledged_by = a."user",
        outcome = CASE WHEN x.place = 3 THEN 'caring' ELSE 'done' END,
        note = CASE WHEN x.place = 3 THEN $1 ELSE $2 END
    FROM (SELECT id, row_number() OVER (PARTITION BY "user" ORDER BY at DESC, id DESC) AS place FROM alarm) x
    WHERE x.id = a.id AND x.place > 2 AND a."user" IS NOT NULL
"""
MOST = 120

_CAUSED = """
    WITH turn AS (
        SELECT c.owner, x.customer, x.cause, x.key, x.detail,
            row_number() OVER (PARTITION BY c.owner, x.cause ORDER BY x.at, x.customer) AS place
        FROM ({events}) x JOIN customer c ON c.id = x.customer
        WHERE c.owner IS NOT NULL AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    )
    INSERT INTO reminder ("user", customer, text, due_at, created_at, cause, cause_detail, cause_key)
    SELECT owner, customer, '', $2::timestamptz, $1::timestamptz, cause, detail, key
    FROM turn WHERE place <= {most} ORDER BY owner, cause, place
    ON CONFLICT (cause_key) DO NOTHING
"""
_TEXTS = """(SELECT jsonb_build_object('text_de', r.text_de, 'text_en', r.text_en) FROM follow_up_rule r WHERE r.code = '{code}')"""
_EVENTS = {
    "rhythm": """SELECT f.customer, 'rhythm' AS cause, f.contact_due_at AS at,
        'rhythm ' || f.customer || ' ' || extract(epoch FROM f.contact_due_at)::bigint AS key,
        jsonb_build_object('last_contact_at', f.last_contact_at, 'due_at', f.contact_due_at, 'days', s.contact_rhythm_days,
            'level_de', s.name_de, 'level_en', s.name_en) AS detail
        FROM customer_figures f JOIN customer c ON c.id = f.customer JOIN service_level s ON s.id = c.service_level
        WHERE c.status <> 'former' AND f.contact_due_at > $1::timestamptz AND f.contact_due_at < $1::timestamptz + interval '4 days'""",
    "prospect": """SELECT e.customer, 'prospect' AS cause, e.at, 'prospect ' || e.id AS key,
        jsonb_build_object('at', e.at) || {texts} AS detail
        FROM status_change e JOIN customer c ON c.id = e.customer AND c.status = 'prospect'
        WHERE e.after = 'prospect'
        AND e.at BETWEEN $1::timestamptz - interval '14 days' AND $1::timestamptz - interval '5 days'""",
    "quotation": """SELECT e.customer, 'quotation' AS cause, e.sent_at AS at, 'quotation ' || e.id AS key, jsonb_build_object(
        'at', e.sent_at, 'number', e.number, 'amount', e.amount, 'currency', e.currency, 'quotation', e.id) || {texts} AS detail
        FROM quotation e WHERE e.status = 'sent'
        AND e.sent_at BETWEEN $1::timestamptz - interval '21 days' AND $1::timestamptz - interval '7 days'""",
    "delivered": """SELECT e.customer, 'delivered' AS cause, e.delivered_on::timestamptz AS at, 'delivered ' || e.id AS key,
        jsonb_build_object('at', e.delivered_on, 'number', e.number, 'amount', e.amount, 'currency', e.currency,
            'order', e.id) || {texts} AS detail
        FROM customer_order e WHERE e.status <> 'cancelled' AND e.delivered_on BETWEEN ($1::timestamptz - interval '7 days')::date
        AND ($1::timestamptz - interval '3 days')::date""",
    "quiet": """SELECT f.customer, 'quiet' AS cause, f.quiet_from_on::timestamptz AS at,
        'quiet ' || f.customer || ' ' || f.quiet_from_on AS key,
        jsonb_build_object('at', f.last_order_on, 'last_on', f.last_order_on, 'next_on', f.next_order_on,
            'rhythm_days', f.order_rhythm_days) || {texts} AS detail
        FROM customer_figures f JOIN customer c ON c.id = f.customer AND c.status <> 'former'
        WHERE f.quiet_from_on BETWEEN ($1::timestamptz - interval '14 days')::date AND ($1::timestamptz)::date""",
}

_THANKS = """
    UPDATE follow_up_rule SET is_on = true, since = $1,
        mail_template = (SELECT id FROM mail_template WHERE name_de = 'Dank nach der Lieferung' ORDER BY id LIMIT 1)
    WHERE code = 'delivered'
"""
"""The rule for delivered orders is on and has a mail: whoever agreed is thanked for what is delivered from now on, and the owner is
reminded of the others."""


async def write_alarms(world: World) -> None:
    """A few of each, the same for the same company."""
    since = world.days.end - FRESH
    await execute(_CONTACTS, since, MOST)
    await execute(_ANSWERS, since, MOST)
    await execute(
        _TAKEN,
        "Ich rufe am Nachmittag an und frage nach.",
        "Angerufen, entschuldigt und einen neuen Termin vereinbart.",
    )
    evening = world.days.end - timedelta(minutes=20)
    morning = world.days.at(world.days.today, 7, 30)
    await execute(_THANKS, world.days.end)
    for code, events in _EVENTS.items():
        texts = _TEXTS.format(code=code)
        await execute(
            _CAUSED.format(events=events.format(texts=texts), most=2 if code == "rhythm" else 1), evening, morning
        )
