"""Documents that belong to a contact, told in histories and lists: their names beside the contact, and the contact beside them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.web.formats import short_date
from crm.web.i18n import _


def papers_sql(interaction: str, restricted: str = "false") -> str:
    """The documents of a contact as JSON for `papers`, NULL if there are none. Those of restricted persons are told only if
    `restricted` holds (GDPR Art. 18)."""
    return f"""(
        SELECT jsonb_agg(jsonb_build_array(yd.id, yd.name) ORDER BY y.id)::text
        FROM contact_document y JOIN document yd ON yd.id = y.document AND yd.deleted_at IS NULL
        LEFT JOIN person yp ON yp.id = yd.person
        WHERE y.interaction = {interaction} AND (yp.restricted_at IS NULL OR {restricted}))"""


def contact_sql(document: str, restricted: str = "false") -> str:
    """The last contact that a document belongs to as JSON for `contact_link`, NULL if there is none."""
    return f"""(
        SELECT jsonb_build_array(yi.id, yi.at)::text FROM contact_document y JOIN interaction yi ON yi.id = y.interaction
        LEFT JOIN person yp ON yp.id = yi.person
        WHERE y.document = {document} AND (yp.restricted_at IS NULL OR {restricted}) ORDER BY yi.at DESC, yi.id DESC LIMIT 1)"""


def papers(found: str | None) -> tuple[tuple[str, str], ...]:
    """What `papers_sql` answered, as (name, address)."""
    listed = msgspec.json.decode(found or "[]", type=list[tuple[int, str]])
    return tuple((name, f"/documents/{document_id}/content") for document_id, name in listed)


def contact_link(found: str | None) -> tuple[tuple[str, str], ...]:
    """What `contact_sql` answered: ("Contact of 23 Nov 2026", its page), or nothing."""
    if not found:
        return ()
    contact_id, at = msgspec.json.decode(found, type=tuple[int, datetime])
    return ((_("Contact of %(day)s") % {"day": short_date(at)}, f"/interactions/{contact_id}"),)
