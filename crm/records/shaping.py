"""Turns the cells of one row, by field, into what the form of a new customer takes (crm/customers/forms.py). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crm.records import values
from crm.records.header_names import API
from crm.records.targets import ADDRESSES

BRIEF_LIMIT = 1000
_PERSON_PHONES = (
    ("person_mobile", "mobile"), ("person_phone", "work"), ("person_phone_2", ""), ("person_phone_3", ""),
    ("person_phone_private", "private"), ("person_fax", "fax"),
)  # fmt: skip
_OWN_PHONES = (("phone", ""), ("phone_2", ""), ("fax", "fax"))
_EMAILS = ("person_email", "person_email_2", "person_email_3")
_ADDRESS_KINDS = {"": "", "private_": "private", "invoice_": "invoice", "delivery_": "delivery", "other_": "other"}
_MISTAKEN = ("postcode", "country", "street", "city", "extra")
"""The parts of an address, the one first that an error is likeliest about."""
_ADDRESS_FIELDS = {
    prefix: {prefix + part: part for part in ("street", "house_number", "extra", "postcode", "city", "country")}
    for prefix, _name in ADDRESSES
}
_PLAIN = (
    "external_id", "website", "service_level", "origin", "origin_code", "vat_id", "iban", "person_function",
)  # fmt: skip

_NO_LISTS: dict[str, Any] = dict.fromkeys(
    ("emails", "phones", "person_emails", "person_phones", "addresses", "websites"), ()
)
"""Said to be empty, so that the form does not look for numbered fields of a page."""


@dataclass(slots=True)
class Shaped:
    """`fields` for the form; `origin` says which field of the import each of them came from, for the errors; `notes` are
    codes of what was changed on the way. References to other records are texts that the import looks up."""

    fields: dict[str, Any]
    origin: dict[str, tuple[str, ...]]
    notes: list[tuple[str, str]] = field(default_factory=list)
    owner: str = ""
    deputy: str = ""
    parent: str = ""
    person_external_id: str = ""


def shape(cells: Mapping[str, str], *, is_american: bool = False) -> Shaped:
    """The row as a form would send it. A row without an organisation's name is a private person."""
    given = {code: values.plain(text) if text[0] == "'" else text for code, text in cells.items() if text}
    if not API.keys().isdisjoint(given):
        for alias, code in API.items():
            if alias in given:
                given.setdefault(code, given[alias])
    person, is_firm = _person(given, is_american)
    name, kind = given.get("name", ""), values.kind(given.get("kind", ""))
    if is_firm and not kind:
        kind, name = "organisation", name or person.pop("family_name", "")
    kind = kind or ("organisation" if name or not person else "person")
    if kind == "person" and name and not (person.get("given_name") or person.get("family_name")):
        title, first, last = values.split_name(name)
        person |= {"given_name": first, "family_name": last, "title": person.get("title") or title}
    has_person = bool(person.get("given_name") or person.get("family_name"))
    fields: dict[str, Any] = {**_NO_LISTS, "kind": kind, **({"name": name} if kind != "person" else {})}
    shaped = Shaped(
        fields, {}, owner=given.get("owner", ""), deputy=given.get("deputy", ""), parent=given.get("parent", "")
    )
    _reach(shaped, given, kind, has_person)
    _addresses(shaped, given)
    _master(shaped, given, is_american)
    prefix = "" if kind == "person" else "person_"
    if kind == "person" or has_person:
        fields |= {prefix + code: text for code, text in person.items() if text}
        shaped.origin |= {
            prefix + code: (f"person_{code}", "person_full_name", "name")
            for code in ("given_name", "family_name", *person)
        }
        shaped.person_external_id = given.get("person_external_id", "")
    elif given.get("person_external_id") and "external_id" not in fields:
        fields["external_id"] = given["person_external_id"]
        shaped.origin["external_id"] = ("person_external_id",)
    if kind == "person" and shaped.person_external_id and "external_id" not in fields:
        fields["external_id"], shaped.person_external_id = shaped.person_external_id, ""
        shaped.origin["external_id"] = ("person_external_id",)
    return shaped


def _person(given: Mapping[str, str], is_american: bool) -> tuple[dict[str, str], bool]:
    """The fields of the person, without prefix, and whether the form of address says that it is a company."""
    form, title, is_firm = values.form_of_address(given.get("person_form_of_address", ""))
    said = given.get("person_title", "")
    if said:
        also, more, _firm = values.form_of_address(said)
        if also in ("ms", "mr", "neutral"):
            form = form or also
            said = more
        title = said if not title or title in said else f"{title} {said}" if said else title
    first, last = given.get("person_given_name", ""), given.get("person_family_name", "")
    if not first and not last and given.get("person_full_name"):
        whole, first, last = values.split_name(given["person_full_name"])
        title = title or whole
    first = " ".join(filter(None, (first, given.get("person_more_names", ""))))
    role = ", ".join(filter(None, (given.get("person_function", ""), given.get("person_department", ""))))
    person = {
        "title": title, "form_of_address": form, "given_name": first, "family_name": last, "function": role,
        "birthday": values.day(given.get("person_birthday", ""), is_american=is_american),
        "salutation": given.get("person_salutation", ""), "preferred_channel": given.get("person_preferred_channel", "").lower(),
    }  # fmt: skip
    return {code: text for code, text in person.items() if text}, is_firm


def _reach(shaped: Shaped, given: Mapping[str, str], kind: str, has_person: bool) -> None:
    """E-mail addresses and telephone numbers: a private person's own, else those of the organisation and of its person. What
    is the person's in a row without a person is the organisation's."""
    own_emails = [("email", text) for text in values.several(given.get("email", ""), commas=True)]
    emails = [(code, text) for code in _EMAILS if code in given for text in values.several(given[code], commas=True)]
    own_phones = [
        (code, text, sort) for code, sort in _OWN_PHONES if code in given for text in values.several(given[code])
    ]
    phones = [
        (code, text, sort) for code, sort in _PERSON_PHONES if code in given for text in values.several(given[code])
    ]
    if kind == "person":
        _put(
            shaped, "", [*emails, *own_emails], [(c, t, "" if s == "work" else s) for c, t, s in (*phones, *own_phones)]
        )
    elif has_person:
        _put(shaped, "", own_emails, own_phones)
        _put(shaped, "person_", emails, phones)
    else:
        _put(
            shaped, "", [*own_emails, *emails], [(c, t, "" if s == "work" else s) for c, t, s in (*own_phones, *phones)]
        )


def _put(shaped: Shaped, prefix: str, emails: list[tuple[str, str]], phones: list[tuple[str, str, str]]) -> None:
    if len(emails) == 1:
        shaped.fields[f"{prefix}email"] = emails[0][1]
    elif emails:
        shaped.fields[f"{prefix}emails"] = [{"value": text} for _code, text in emails]
    if len(phones) == 1 and not phones[0][2]:
        shaped.fields[f"{prefix}phone"] = phones[0][1]
    elif phones:
        shaped.fields[f"{prefix}phones"] = [{"value": text, "kind": sort} for _code, text, sort in phones]
    for name in ("email", "emails"):
        shaped.origin[prefix + name] = tuple(dict.fromkeys(code for code, _text in emails))
    for name in ("phone", "phones"):
        shaped.origin[prefix + name] = tuple(dict.fromkeys(code for code, _text, _sort in phones))


def _addresses(shaped: Shaped, given: Mapping[str, str]) -> None:
    """The first address that the row has is the main one; further ones keep their kind."""
    found = []
    for prefix, names in _ADDRESS_FIELDS.items():
        if names.keys().isdisjoint(given):
            continue
        parts = {part: given.get(name, "") for name, part in names.items()}
        parts["street"] = " ".join(filter(None, (parts["street"].replace("\n", ", "), parts.pop("house_number"))))
        said = bool(parts["country"])
        parts["country"] = values.country(parts["country"]) or "DE"
        parts["postcode"] = values.postcode(parts["postcode"], parts["country"], is_said=said)
        found.append((prefix, {**parts, "kind": _ADDRESS_KINDS[prefix]}))
    if not found:
        return
    prefix, main = found[0]
    shaped.fields["country"] = main["country"]
    for name in ("street", "postcode", "city", "country"):
        shaped.origin[name] = (prefix + name,)
    listed = [parts for _prefix, parts in found if parts["street"] or parts["postcode"] or parts["city"]]
    shaped.origin["addresses"] = tuple(prefix + part for prefix, _parts in found for part in _MISTAKEN)
    if len(listed) == 1 and not main["extra"]:
        shaped.fields |= {name: main[name] for name in ("street", "postcode", "city") if main[name]}
    elif listed:
        shaped.fields["addresses"] = listed


def _master(shaped: Shaped, given: Mapping[str, str], is_american: bool) -> None:
    fields = shaped.fields
    fields |= {code: given[code] for code in _PLAIN if code in given and code != "person_function"}
    shaped.origin |= {code: (code,) for code in (*_PLAIN, "status", "kind", "name", "brief", "tags", "checked_on")}
    if "status" in given:
        fields["status"] = values.status(given["status"])
    if "language" in given:
        fields["language"] = values.language(given["language"])
        if not fields["language"]:
            shaped.notes.append(("language_unknown", given["language"][:40]))
    if "no_automatic_answers" in given:
        fields["no_automatic_answers"] = values.flag(given["no_automatic_answers"])
    if "checked_on" in given:
        fields["checked_on"] = values.day(given["checked_on"], is_american=is_american)
    if "tags" in given:
        words = [word for word in values.several(given["tags"], commas=True) if not word.startswith("*")]
        if words:  # "* myContacts" is Google's own
            fields["tags"] = words
    if "brief" in given:
        if len(given["brief"]) > BRIEF_LIMIT:
            shaped.notes.append(("brief_cut", str(len(given["brief"]))))
        fields["brief"] = given["brief"][:BRIEF_LIMIT]
