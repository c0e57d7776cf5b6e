"""The rules in the database: the reads, what a lead does to them, and what is kept of a suggestion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crm.accounts.audit import changes as audited
from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.tickets.topics.suggesting import Incoming, Judged, Matched, Rule, Suggestion, matches
from crm.web.forms import Fields
from crm.web.i18n import _

STRETCH = timedelta(days=90)
TRIED_ON = 300
"""So many of the latest enquiries show what a rule would have done."""
MOST_LINES, LONGEST_LINE = 100, 120
FIELDS = ("name", "topic_code", "words", "senders", "form", "product_code", "is_active", "position")

_RULES = """
    SELECT r.id, r.name, r.words, r.senders, r.form, r.is_active, r.position, r.version, t.code AS topic_code,
        t.name_de AS topic_de, t.name_en AS topic_en, coalesce(p.code, '') AS product_code, p.name_de AS product_de,
        p.name_en AS product_en,
        (SELECT count(*) FROM topic_suggestion s WHERE s.rule = r.id AND s.at >= $1) AS suggested,
        (SELECT count(*) FROM topic_suggestion s JOIN ticket k ON k.id = s.ticket WHERE s.rule = r.id AND s.at >= $1
            AND (k.solved_at IS NOT NULL OR s.corrected_at IS NOT NULL)) AS judged,
        (SELECT count(*) FROM topic_suggestion s WHERE s.rule = r.id AND s.at >= $1 AND s.corrected_at IS NOT NULL) AS corrected
    FROM topic_rule r JOIN topic t ON t.id = r.topic LEFT JOIN product p ON p.id = r.product
"""
_ACTIVE = """
    SELECT r.id, r.name, r.words, r.senders, r.form, r.position, t.code AS topic_code, p.code AS product_code, p.name_de AS product_de,
        p.name_en AS product_en
    FROM topic_rule r JOIN topic t ON t.id = r.topic LEFT JOIN product p ON p.id = r.product WHERE r.is_active
"""

SUGGESTED = """
    SELECT jsonb_build_object('name', s.rule_name, 'matched', s.matched, 'corrected', s.corrected_at IS NOT NULL)::text
    FROM topic_suggestion s WHERE s.ticket = k.id
"""
"""How the ticket `k` got its topic, as JSON for `told_by`; null if somebody chose it."""


async def topic_rules(now: datetime) -> list[Row]:
    """All rules in their order, with how they have done in the last 90 days; one statement."""
    return await fetch(f"{_RULES} ORDER BY r.is_active DESC, r.position, r.id", now - STRETCH)


async def topic_rule_for(rule_id: int, now: datetime) -> Row:
    """One rule. NotFound if there is none with this id."""
    row = await fetch_one(f"{_RULES} WHERE r.id = $2", now - STRETCH, rule_id) if 0 < rule_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def active_rules() -> list[Rule]:
    """The rules that are asked about a new enquiry; one statement."""
    return [rule_of(row) for row in await fetch(_ACTIVE)]


def rule_of(row: Mapping[str, Any]) -> Rule:
    named = [row["product_code"], row["product_de"], row["product_en"]] if row["product_code"] else []
    return Rule(
        row["id"], row["name"], row["topic_code"], _lines(row["words"]), _lines(row["senders"]), row["form"],
        [each for each in named if each], row["position"],
    )  # fmt: skip


def judged(row: Row) -> Judged:
    return Judged(row.suggested, row.judged, row.corrected)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


async def keep_suggestion(ticket_id: int, suggestion: Suggestion, *, now: datetime) -> None:
    """Note which rule gave the topic, and why. In the transaction that opens the ticket."""
    matched = msgspec.json.encode([tuple(one) for one in suggestion.matched]).decode()
    await execute(
        "INSERT INTO topic_suggestion (ticket, rule, rule_name, topic, matched, at) "
        "SELECT k.id, r.id, $3, k.topic, $4, $5 FROM ticket k LEFT JOIN topic_rule r ON r.id = $2 WHERE k.id = $1 "
        "ON CONFLICT (ticket) DO NOTHING",
        ticket_id, suggestion.rule.id, suggestion.rule.name, matched, now,
    )  # fmt: skip


async def topic_corrected(ticket_id: int, topic_id: int, *, by: int, now: datetime) -> None:
    """Somebody says what it is really about: the suggestion was wrong, unless this is what was suggested."""
    await execute(
        "UPDATE topic_suggestion SET corrected_to = CASE WHEN topic <> $2 THEN $2::bigint END, "
        "corrected_at = CASE WHEN topic <> $2 THEN $3::timestamptz END, corrected_by = CASE WHEN topic <> $2 THEN $4::bigint END "
        "WHERE ticket = $1",
        ticket_id, topic_id, now, by,
    )  # fmt: skip


def told_by(stored: str | None) -> tuple[str, list[Matched]] | None:
    """What SUGGESTED answered: the rule's name and what made it fit; None if no rule gave the topic that the ticket has."""
    if stored is None:
        return None
    found = msgspec.json.decode(stored)
    return None if found["corrected"] else (found["name"], [Matched(*one) for one in found["matched"]])


async def tried(rule: Rule) -> tuple[int, int, int]:
    """On the latest enquiries: how many there are, how many the rule fits, and how many of those have its topic today. Who sent
    them and from which form is only known of those that came by mail or form."""
    rows = await fetch(
        "SELECT k.subject, t.code AS topic, m.text, m.sender, coalesce((SELECT e.address FROM email_address e "
        "WHERE e.person = k.person ORDER BY e.position, e.id LIMIT 1), '') AS address "
        "FROM (SELECT * FROM ticket ORDER BY id DESC LIMIT $1) k LEFT JOIN topic t ON t.id = k.topic "
        "CROSS JOIN LATERAL (SELECT x.text, x.sender FROM ticket_message x WHERE x.ticket = k.id ORDER BY x.id LIMIT 1) m",
        TRIED_ON,
    )  # fmt: skip
    hits = [
        row.topic == rule.topic
        for row in rows
        if matches(rule, Incoming(f"{row.subject}\n{row.text}", row.sender or row.address, rule.form))
    ]
    return len(rows), len(hits), sum(hits)


def rule_values(fields: Fields) -> dict[str, Any]:
    """The values of the form. `check()` is the caller's."""
    values: dict[str, Any] = {
        "name": fields.text("name", required=True, limit=120),
        "topic_code": fields.text("topic_code", required=True, limit=40),
        "form": fields.text("form", limit=40), "product_code": fields.text("product_code", limit=60),
        "is_active": fields.flag("is_active"), "position": fields.number("position", low=0, high=1000) or 0,
    }  # fmt: skip
    for name in ("words", "senders"):
        lines = _lines(fields.text(name, limit=MOST_LINES * LONGEST_LINE, many_lines=True))
        if len(lines) > MOST_LINES or any(len(line) > LONGEST_LINE for line in lines):
            fields.error(name, _("At most 100 lines of at most 120 letters each."))
        values[name] = "\n".join(lines)
    if not any(values[name] for name in ("words", "senders", "form", "product_code")):
        fields.error("words", _("Say at least one thing by which the topic is recognised."))
    return values


async def create_rule(values: Mapping[str, Any], *, by: int, now: datetime) -> int:
    """A new rule; answers its id. Raises Invalid for an unknown topic or product."""
    async with transaction():
        ids = await _ids(values)
        rule_id = await fetch_value(
            "INSERT INTO topic_rule (name, topic, words, senders, form, product, is_active, position) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            values["name"], ids.topic, values["words"], values["senders"], values["form"], ids.product, values["is_active"],
            values["position"],
        )  # fmt: skip
        await record("topic_rule.created", "topic_rule", rule_id, by=by, now=now, fields=dict(values))
        return int(rule_id)


async def change_rule(rule_id: int, values: Mapping[str, Any], version: int | None, *, by: int, now: datetime) -> None:
    """Write what differs; suggestions of the past stay as they were. Raises RuleBroken if somebody else saved since `version`."""
    async with transaction():
        before = await topic_rule_for(rule_id, now)
        wanted = {name: values[name] for name in FIELDS if values[name] != before[name]}
        if not wanted:
            return
        ids = await _ids(values)
        changed = await fetch_value(
            "UPDATE topic_rule SET name = $2, topic = $3, words = $4, senders = $5, form = $6, product = $7, is_active = $8, "
            "position = $9, version = version + 1 WHERE id = $1 AND ($10::int IS NULL OR version = $10) RETURNING id",
            rule_id, values["name"], ids.topic, values["words"], values["senders"], values["form"], ids.product, values["is_active"],
            values["position"], version,
        )  # fmt: skip
        if changed is None:
            raise RuleBroken(_("Somebody else saved this meanwhile. Open it again and enter your change once more."))
        old = {name: before[name] for name in wanted}
        await record("topic_rule.changed", "topic_rule", rule_id, by=by, now=now, fields=audited(old, wanted))


async def delete_rule(rule_id: int, *, by: int, now: datetime) -> None:
    """The rule goes; what it suggested stays with its name. A second time changes nothing."""
    async with transaction():
        name = await fetch_value(
            "DELETE FROM topic_rule WHERE id = $1 RETURNING name", rule_id if 0 < rule_id <= HIGHEST_ID else 0
        )
        if name is not None:
            await record("topic_rule.deleted", "topic_rule", rule_id, by=by, now=now, fields={"name": [name, None]})


async def _ids(values: Mapping[str, Any]) -> Row:
    found = await fetch_one(
        "SELECT (SELECT id FROM topic WHERE code = $1) AS topic, (SELECT id FROM product WHERE lower(code) = lower($2)) AS product",
        values["topic_code"], values["product_code"],
    )  # fmt: skip
    assert found is not None
    errors = {}
    if found.topic is None:
        errors["topic_code"] = _("There is no topic with this code.")
    if values["product_code"] and found.product is None:
        errors["product_code"] = _("There is no product with this number.")
    if errors:
        raise Invalid(errors)
    return found
