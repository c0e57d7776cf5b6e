"""The reads of a history: the newest lines of a customer and of their persons elsewhere, or of one person, by keyset."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from crm.customers.contact_papers import contact_sql, papers_sql
from crm.customers.data import full_name_sql
from crm.customers.history_filters import HistoryWanted
from crm.customers.taking_part import names_sql
from crm.database import Row, fetch
from crm.text import literally
from crm.web.i18n import language, zone

EXCERPT = 600
"""Letters of a text that a line shows; the source has the whole."""
SEARCHED = 20_000
"""Letters of a text in which a hit is looked for, to show what stands around it."""

# $1: the customer, or the person in a person's own history; $2: how many; $3: whether restricted people are seen (GDPR Art. 18).
_VISIBLE = "o.deleted_at IS NULL AND (o.restricted_at IS NULL OR $3)"
_NEWEST = "{where} ORDER BY e.at DESC, e.id DESC LIMIT $2"
# What is told at several customers (a consent of somebody who belongs to two, an event with many) stands in a history once.
_ONCE = f"""
    NOT EXISTS (SELECT FROM timeline_entry d JOIN customer o ON o.id = d.customer
        WHERE d.kind = e.kind AND d.ref_id = e.ref_id AND d.id <> e.id AND e.kind <> 'change'
        AND ({{first}} OR d.id < e.id AND d.person_id = e.person_id AND {_VISIBLE}))
"""
_OWN = f"""
    (SELECT e.id, e.at FROM timeline_entry e LEFT JOIN person w ON w.id = e.person_id
        WHERE e.customer = $1 AND (w.restricted_at IS NULL OR $3) {_NEWEST})
"""
_PERSONS = f"""
    (SELECT x.id, x.at FROM (SELECT a.person FROM affiliation a JOIN person w ON w.id = a.person
        WHERE a.customer = $1 AND (w.restricted_at IS NULL OR $3) {{person}}) p
    CROSS JOIN LATERAL (SELECT e.id, e.at FROM timeline_entry e JOIN customer o ON o.id = e.customer
        WHERE e.person_id = p.person AND e.customer <> $1 AND {_VISIBLE}
        AND {_ONCE.format(first="d.customer = $1")} {_NEWEST}) x)
"""
_PRIVATELY = f"""
    (SELECT x.id, x.at FROM (SELECT b.customer FROM affiliation a JOIN person w ON w.id = a.person
        JOIN affiliation b ON b.person = a.person AND b.is_self AND b.customer <> $1 JOIN customer o ON o.id = b.customer
        WHERE a.customer = $1 AND (w.restricted_at IS NULL OR $3) AND {_VISIBLE} {{person}}) p
    CROSS JOIN LATERAL (SELECT e.id, e.at FROM timeline_entry e WHERE e.customer = p.customer AND e.person_id IS NULL
        AND {_ONCE.format(first="d.customer = $1")} {_NEWEST}) x)
"""
_OF_PERSON = f"""
    (SELECT e.id, e.at FROM timeline_entry e JOIN customer o ON o.id = e.customer WHERE e.person_id = $1 AND {_VISIBLE}
        AND {_ONCE.format(first="false")} {_NEWEST})
"""
_OF_PERSON_PRIVATELY = f"""
    (SELECT x.id, x.at FROM (SELECT b.customer FROM affiliation b JOIN customer o ON o.id = b.customer
        WHERE b.person = $1 AND b.is_self AND {_VISIBLE}) p
    CROSS JOIN LATERAL (SELECT e.id, e.at FROM timeline_entry e WHERE e.customer = p.customer AND e.person_id IS NULL {_NEWEST}) x)
"""
# In a person's own history, and in a customer's that is filtered by a person: where they took part beside somebody else.
_TAKING_PART = """
    (SELECT e.id, e.at FROM contact_participant x JOIN timeline_entry e ON e.kind = 'interaction' AND e.ref_id = x.interaction
        JOIN customer o ON o.id = e.customer LEFT JOIN person w ON w.id = e.person_id
        WHERE x.person = {person} AND e.person_id IS DISTINCT FROM {person} AND {customer} AND {visible}
        AND (w.restricted_at IS NULL OR $3) {where} ORDER BY e.at DESC, e.id DESC LIMIT $2)
"""
_OTHERS_MET = """(
        SELECT count(DISTINCT x.customer) FROM interaction x
        JOIN customer xc ON xc.id = x.customer AND xc.deleted_at IS NULL AND xc.restricted_at IS NULL
        LEFT JOIN person xp ON xp.id = x.person
        WHERE x.gathering = g.id AND x.customer <> e.customer AND xp.restricted_at IS NULL)"""
_LINES = f"""
    SELECT (SELECT jsonb_agg(jsonb_build_array(code, name_{{lang}}) ORDER BY position, id) FROM phase)::text AS phases,
        (SELECT {full_name_sql("p")} FROM person p WHERE p.id = {{whose}} AND (p.restricted_at IS NULL OR $3)) AS person_asked,
        l.*
    FROM (SELECT) one LEFT JOIN (
        SELECT e.id, e.kind, e.at, e.ref_id, e.title, left(e.body, {{length}}) AS body, length(e.body) > {{length}} AS is_cut,
            e.detail::text AS detail, u.name AS by_name, t.name_{{lang}} AS touchpoint, p.name_{{lang}} AS purpose,
            r.name_{{lang}} AS reason, y.id AS order_id, y.number AS order_number, q.id AS quotation_id,
            coalesce(q.number, q.subject) AS quotation_name, d.name_{{lang}} AS product,
            (SELECT x.status FROM outbox_message x WHERE x.id = (e.detail->>'outbox')::bigint) AS delivery,
            CASE WHEN e.kind = 'interaction' THEN {names_sql("e.ref_id", "e.person_id", "$3")} END AS taking_part,
            CASE WHEN e.kind = 'interaction' THEN {papers_sql("e.ref_id", "$3")} END AS papers,
            g.id AS event_id, g.name AS event_name, g.channel AS event_channel,
            CASE WHEN g.id IS NOT NULL THEN {_OTHERS_MET} END AS others_met,
            CASE WHEN e.kind = 'document' THEN {contact_sql("e.ref_id", "$3")} END AS contact,
            e.customer, o.name AS customer_name, e.person_id, {full_name_sql("w")} AS whose_name,
            CASE WHEN e.detail->>'field' = 'service_level' THEN ARRAY(
                SELECT s.name_{{lang}} FROM unnest(ARRAY[e.detail->>'before', e.detail->>'after']) WITH ORDINALITY AS x(code, n)
                JOIN service_level s ON s.code = x.code ORDER BY x.n) END AS levels
        FROM ({{sources}} ORDER BY at DESC, id DESC LIMIT $2) k JOIN timeline_entry e ON e.id = k.id
        JOIN customer o ON o.id = e.customer
        LEFT JOIN staff u ON u.id = e.by_user
        LEFT JOIN touchpoint t ON t.code = e.detail->>'touchpoint'
        LEFT JOIN contact_reason r ON e.kind = 'interaction' AND r.code = e.detail->>'reason'
        LEFT JOIN customer_order y ON e.kind = 'interaction' AND y.id = (e.detail->>'order')::bigint
        LEFT JOIN quotation q ON e.kind = 'interaction' AND q.id = (e.detail->>'quotation')::bigint
        LEFT JOIN product d ON e.kind = 'interaction' AND d.id = (e.detail->>'product')::bigint
        LEFT JOIN gathering g ON e.kind = 'interaction' AND g.id = (e.detail->>'gathering')::bigint
        LEFT JOIN purpose p ON e.kind = 'consent' AND p.code = e.detail->>'purpose'
        LEFT JOIN person w ON w.id = e.person_id
    ) l ON true ORDER BY l.at DESC, l.id DESC
"""


def history_sql(
    whose: int, wanted: HistoryWanted, seen: Sequence[Any] | None, *, of_person: bool, limit: int, restricted: bool
) -> tuple[str, list[Any]]:
    """The statement and its arguments. `seen` is the moment and the id of the last line that was read."""
    arguments: list[Any] = [whose, limit, restricted]
    where = ""

    def given(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    for column, value in (("kind", wanted.kind), ("channel", wanted.channel), ("phase", wanted.phase)):
        if value:
            # The index holds the lines that have one; that the value is not empty must be said for a plan made ahead, too.
            where += f" AND e.{column} = {given(str(value))}" + (f" AND e.{column} <> ''" if column != "kind" else "")
    person = given(wanted.person_id) if wanted.person_id is not None and not of_person else ""
    if wanted.terms:
        patterns = [f"e.folded LIKE {given(f'%{literally(term)}%')}" for term in wanted.terms]
        where += " AND e.folded <> '' AND " + " AND ".join(patterns)
    if wanted.until is not None:
        end = datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=zone.get())
        where += f" AND e.at < {given(end)}"
    if seen is not None:
        where += f" AND (e.at, e.id) < ({given(seen[0])}, {given(seen[1])})"
    if of_person:
        elsewhere = (
            "NOT (e.person_id IS NULL AND EXISTS (SELECT FROM affiliation b WHERE b.customer = e.customer AND b.person = $1 "
            "AND b.is_self))"
        )
        sources = [
            _OF_PERSON.format(where=where), _OF_PERSON_PRIVATELY.format(where=where),
            _TAKING_PART.format(person="$1", customer=elsewhere, visible=_VISIBLE, where=where),
        ]  # fmt: skip
    else:
        of_one = f"AND a.person = {person}" if person else ""
        own = _OWN.format(where=where + (f" AND e.person_id = {person}" if person else ""))
        sources = [own, _PERSONS.format(where=where, person=of_one), _PRIVATELY.format(where=where, person=of_one)]
        if person:
            sources.append(
                _TAKING_PART.format(person=person, customer="e.customer = $1", visible=_VISIBLE, where=where)
            )
    sql = _LINES.format(
        lang="de" if language.get() == "de" else "en", sources=" UNION ALL ".join(sources),
        length=SEARCHED if wanted.terms else EXCERPT, whose=person or "NULL::bigint",
    )  # fmt: skip
    return sql, arguments


async def history_rows(
    whose: int, wanted: HistoryWanted, seen: Sequence[Any] | None, *, of_person: bool, limit: int, restricted: bool
) -> list[Row]:
    """At most `limit` lines, newest first, each with `phases` (JSON of code and name) and `person_asked`; without any line one row
    that has only these."""
    sql, arguments = history_sql(whose, wanted, seen, of_person=of_person, limit=limit, restricted=restricted)
    return await fetch(sql, *arguments)
