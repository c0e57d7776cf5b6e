"""Rules about whole people: those at former customers, and those at prospects with whom nothing came of it."""

from crm.privacy.retention.kinds import Effect, Kind
from crm.web.i18n import N_

_SOURCE = """FROM (
        SELECT a.person AS id, max(greatest(c.created_at, f.last_contact_at, f.last_order_on::timestamp AT TIME ZONE {zone},
            (SELECT max(s.at) FROM status_change s WHERE s.customer = c.id))) AS since
        FROM customer c JOIN affiliation a ON a.customer = c.id LEFT JOIN customer_figures f ON f.customer = c.id
        WHERE c.status = '{status}' AND c.merged_into IS NULL GROUP BY a.person
    ) d JOIN person t ON t.id = d.id"""
"""Whoever works for several customers stays as long as one of them does, and counts from the last contact with any."""

_ONLY_THEY = """t.erased_at IS NULL AND t.merged_into IS NULL AND NOT EXISTS (SELECT FROM affiliation a JOIN customer c ON c.id = a.customer
        WHERE a.person = t.id AND c.status <> '{status}')"""

_OWN = "SELECT a.customer FROM affiliation a WHERE a.person = t.id AND a.is_self"
_OPEN_TICKET = (
    "EXISTS (SELECT FROM ticket k WHERE {theirs} AND k.status NOT IN ('solved', 'closed') AND k.merged_into IS NULL)"
)
# Two questions, each answered by an index; as one with OR it would be a walk through all enquiries for each person.
_OPEN = f"""{_OPEN_TICKET.format(theirs="k.person = t.id")}
        OR {_OPEN_TICKET.format(theirs=f"k.customer IN ({_OWN})")}
        OR EXISTS (SELECT FROM customer_order o WHERE o.customer IN ({_OWN}) AND o.status NOT IN ('paid', 'cancelled'))
        OR EXISTS (SELECT FROM quotation q WHERE q.customer IN ({_OWN}) AND q.status IN ('requested', 'sent'))
        OR EXISTS (SELECT FROM call_back b WHERE (b.person = t.id OR b.customer IN ({_OWN})) AND b.done_at IS NULL)
        OR EXISTS (SELECT FROM erasure e WHERE (e.person = t.id OR t.id = ANY(e.persons))
            AND e.status IN ('draft', 'submitted', 'approved', 'running'))"""
_CONSENT = """EXISTS (SELECT FROM (SELECT DISTINCT ON (v.purpose, v.channel) v.event FROM consent_event v WHERE v.person_id = t.id
            ORDER BY v.purpose, v.channel, v.at DESC, v.id DESC) one WHERE one.event IN ('given', 'confirmed'))"""
"""Whoever wants the newsletter is no stranger, however long ago they wrote."""

_LINK = "'/customers/' || (SELECT min(a.customer) FROM affiliation a WHERE a.person = t.id)"
_MOST = 200
"""People in one night: each is an erasure of its own, table by table."""

_DELETED = """FROM (
        SELECT a.person AS id, max(c.deletion_ended_at) AS since FROM customer c JOIN affiliation a ON a.customer = c.id
        WHERE c.deletion_ended_at IS NOT NULL AND c.merged_into IS NULL GROUP BY a.person
    ) d JOIN person t ON t.id = d.id"""
_ONLY_DELETED = """t.erased_at IS NULL AND t.merged_into IS NULL AND NOT EXISTS (SELECT FROM affiliation a
        JOIN customer c ON c.id = a.customer WHERE a.person = t.id AND c.deletion_ended_at IS NULL)"""

PEOPLE = (
    Kind(
        "former_persons",
        N_("People at former customers"),
        N_("Private customers and contact persons, all of whose customers are former ones"),
        N_("the last contact or order, or since they are former customers"),
        "person",
        Effect.PERSON,
        _SOURCE.replace("{status}", "former"),
        _ONLY_THEY.replace("{status}", "former"),
        "d.since",
        label="btrim(t.given_name || ' ' || t.family_name)",
        link=_LINK,
        person="t.id",
        open_if=_OPEN,
        consent_if=_CONSENT,
        most=_MOST,
    ),
    Kind(
        "prospect_persons",
        N_("People at prospects without contact"),
        N_("Private prospects and contact persons, all of whose customers are prospects"),
        N_("the last contact, or since they were entered"),
        "person",
        Effect.PERSON,
        _SOURCE.replace("{status}", "prospect"),
        _ONLY_THEY.replace("{status}", "prospect"),
        "d.since",
        label="btrim(t.given_name || ' ' || t.family_name)",
        link=_LINK,
        person="t.id",
        open_if=_OPEN,
        consent_if=_CONSENT,
        most=_MOST,
    ),
    Kind(
        "deleted_persons",
        N_("People at deleted customers"),
        N_("Private customers and contact persons, all of whose customers were deleted and can no longer be restored"),
        N_("the end of the time in which the deletion could be undone"),
        "person",
        Effect.PERSON,
        _DELETED,
        _ONLY_DELETED,
        "d.since",
        label="btrim(t.given_name || ' ' || t.family_name)",
        person="t.id",
        open_if=_OPEN,
        most=_MOST,
    ),
)
