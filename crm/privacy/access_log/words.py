"""The words of the log of access."""

from __future__ import annotations

from crm.accounts.action_words import action_name
from crm.accounts.permissions import Role
from crm.accounts.subject_words import subject_name
from crm.accounts.words import role_name
from crm.database import Row
from crm.privacy.access_log.queries import Deed
from crm.privacy.access_log.tables import Relation
from crm.web.formats import num
from crm.web.i18n import N_, _, ngettext

DEEDS = {
    Deed.OPENED: N_("looked at"), Deed.SEARCHED: N_("searched"), Deed.CHANGED: N_("changed"), Deed.EXPORTED: N_("exported"),
    Deed.READ: N_("read a special category"),
}  # fmt: skip

_RELATIONS = {
    Relation.OWNER: N_("owner of the customer"), Relation.DEPUTY: N_("deputy of the customer"),
    Relation.ASSIGNEE: N_("the enquiry was theirs"),
}  # fmt: skip

_PERMISSIONS = {
    "audit.view": N_("may look at the log"), "consents.record": N_("may record consents"), "consents.view": N_("may see consents"),
    "customers.delete": N_("may delete customers"), "customers.edit": N_("may edit customers"), "customers.view": N_("may see customers"),
    "data.export": N_("may export data"), "interactions.correct": N_("may correct contacts"),
    "interactions.log": N_("may log contacts"), "interactions.view": N_("may see the contact history"),
    "privacy.approve": N_("may approve erasures"),
    "privacy.manage": N_("handles data protection"), "signed_in": N_("every member of staff may do this"),
    "tickets.assign": N_("may assign enquiries"), "tickets.view": N_("may see enquiries"), "tickets.work": N_("may answer enquiries"),
}  # fmt: skip

_PLACES = {
    "search": N_("everywhere"), "customers": N_("customers"), "tickets": N_("enquiries"), "persons": N_("persons"),
    "interactions": N_("contact history"), "orders": N_("orders"), "quotations": N_("quotations"), "consents": N_("consents"),
    "exports": N_("exports"), "privacy": N_("data protection"),
}  # fmt: skip


def role_of(line: Row) -> str:
    """The role at that moment; where only the audit trail tells of it, the one of today."""
    code = line.role or line.role_now
    return role_name(Role(code)) if code in set(Role) else ""


def why(line: Row) -> list[str]:
    """Why they could: what they had to do with the record, and the permission of the page."""
    reasons = [_(_RELATIONS[Relation(line.relation)])] if line.relation else []
    if line.permission:
        reasons.append(_(_PERMISSIONS[line.permission]) if line.permission in _PERMISSIONS else line.permission)
    return reasons or [_("by their role")]


def what(line: Row) -> str:
    """What was done, in a few words; a search with what was searched for."""
    if line.deed == Deed.SEARCHED:
        place = _(_PLACES[line.subject_kind]) if line.subject_kind in _PLACES else _("elsewhere")
        searched = (
            _("searched for “%(words)s” (%(place)s)") if line.words else _("searched (%(place)s); the words are erased")
        )
        return searched % {"words": line.words, "place": place}
    if line.deed in (Deed.CHANGED, Deed.READ):
        return action_name(line.action)
    return _(DEEDS[Deed(line.deed)])


def how_often(line: Row) -> str:
    """How many were found, exported, or how often it was opened in that hour; empty where once says it."""
    if line.deed == Deed.SEARCHED:
        if line.hits is None:
            return ""
        return ngettext("%(num)s hit shown", "%(num)s hits shown", line.hits) % {"num": num(line.hits)}
    if line.deed == Deed.EXPORTED:
        return ngettext("%(num)s record", "%(num)s records", line.hits or 0) % {"num": num(line.hits or 0)}
    if line.times < 2:
        return ""
    return ngettext("%(num)s time within an hour", "%(num)s times within an hour", line.times) % {
        "num": num(line.times)
    }


def record_of(line: Row) -> tuple[str, str]:
    """What was looked at, and its page (empty where there is none any more)."""
    if line.deed == Deed.SEARCHED:
        return "", ""
    name = subject_name(line.subject_kind)
    if line.subject_kind == "export":
        return _("Export no. %(number)s") % {"number": line.subject_id}, f"/exports/{line.subject_id}"
    if line.is_hidden:
        return _("%(kind)s (processing restricted)") % {"kind": name}, ""
    if line.is_deleted:
        return _("%(kind)s (deleted)") % {"kind": name}, ""
    whose = line.person if line.subject_kind == "person" else line.customer or line.person
    if line.subject_kind in ("customer", "person"):
        named = whose or f"{name} {line.subject_id}"
    else:
        named = f"{name} {line.subject_id}" + (f", {whose}" if whose else "")
    return named, "" if line.is_gone else _address(line)


def _address(line: Row) -> str:
    pages = {
        "customer": "/customers/{}",
        "ticket": "/tickets/{}",
        "interaction": "/interactions/{}",
        "order": "/orders/{}",
        "quotation": "/quotations/{}",
        "data_request": "/privacy/requests/{}",
        "erasure": "/privacy/erasures/{}",
    }
    if line.subject_kind in pages and line.subject_id:
        return pages[line.subject_kind].format(line.subject_id)
    return f"/customers/{line.customer_id}" if line.customer_id else ""


def words() -> dict[str, object]:
    return {
        "role_of": role_of,
        "why": why,
        "what": what,
        "how_often": how_often,
        "record_of": record_of,
        "deeds": DEEDS,
    }
