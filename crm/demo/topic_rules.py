"""The rules by which the demo company's enquiries find their topic, and how they have done."""

from __future__ import annotations

from crm.database import execute

_RULES = (
    ("Rechnungen und Zahlungen", "billing", ("Rechnung", "Abbuchung", "Mahnung", "Zahlung", "Skonto")),
    ("Liefertermine", "delivery", ("Lieferung", "Liefertermin", "geliefert", "Spedition")),
    ("Störungen", "technical", ("defekt", "kaputt", "Störung", "tropft", "klemmt", "funktioniert nicht")),
    ("Verträge", "contract", ("Vertrag", "Kündigung", "Laufzeit")),
    ("Maße und Material", "product", ("Muster", "Maße", "Traglast", "Hitzebeständigkeit", "Pflege")),
)


async def write_topic_rules() -> None:
    """The rules, and what they suggested for the enquiries of the last 90 days that came by mail or form; of those that
    had another topic in the end it is known. In the caller's transaction."""
    for position, (name, topic, words) in enumerate(_RULES):
        await execute(
            "INSERT INTO topic_rule (name, topic, words, position) SELECT $1, id, $3, $4 FROM topic WHERE code = $2",
            name, topic, "\n".join(words), position,
        )  # fmt: skip
    await execute(
        "INSERT INTO topic_suggestion (ticket, rule, rule_name, topic, matched, at, corrected_to, corrected_at, corrected_by) "
        "SELECT k.id, r.id, r.name, r.topic, jsonb_build_array(jsonb_build_array('word', hit.word)), k.opened_at, "
        "CASE WHEN k.topic <> r.topic THEN k.topic END, CASE WHEN k.topic <> r.topic THEN k.opened_at + interval '20 minutes' END, "
        "CASE WHEN k.topic <> r.topic THEN k.assignee END "
        "FROM ticket k CROSS JOIN LATERAL (SELECT r.id, r.name, r.topic, w.word, r.position FROM topic_rule r "
        "CROSS JOIN LATERAL unnest(string_to_array(r.words, chr(10))) AS w (word) "
        "JOIN ticket_message m ON m.ticket = k.id AND m.kind = 'inbound' AND m.at = k.opened_at "
        "WHERE lower(k.subject || ' ' || m.text) LIKE '%' || lower(w.word) || '%' ORDER BY r.position LIMIT 1) hit "
        "JOIN topic_rule r ON r.id = hit.id "
        "WHERE k.channel IN ('email', 'web') AND k.opened_at > (SELECT max(opened_at) FROM ticket) - interval '90 days' "
        "ON CONFLICT DO NOTHING"
    )
    await execute(
        "UPDATE escalation SET wants_training = true WHERE id IN (SELECT DISTINCT ON (k.topic) e.id FROM escalation e "
        "JOIN ticket k ON k.id = e.ticket JOIN topic t ON t.id = k.topic AND t.code IN ('delivery', 'contract', 'complaint') "
        "WHERE e.by_user IS NOT NULL ORDER BY k.topic, e.id DESC)"
    )
