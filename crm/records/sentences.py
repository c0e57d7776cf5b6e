"""What an import has to say, in the reader's language: about files, rows, outcomes and notes. Stored are codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.records.reading import Fault
from crm.web.i18n import N_, _, language

FILES = {
    "empty": N_("The file is empty. Its first line must name the columns."),
    "no_table": N_("This is no table but a %(what)s. Send a CSV file, a workbook (XLSX) or vCards (VCF)."),
    "too_many_columns": N_(
        "The file has %(n)s columns; at most %(limit)s can be read. Delete those that you don't need."
    ),
    "unclosed_quote": N_(
        "In line %(line)s a quotation mark is opened that is never closed. Correct that line and send the file again."
    ),
    "line_too_long": N_("Line %(line)s does not end. This is no table of rows."),
    "wrong_encoding": N_("The file cannot be read as %(encoding)s. Choose another encoding, or save it as UTF-8."),
    "unknown_encoding": N_("There is no encoding “%(encoding)s”."),
    "no_separator": N_("“%(separator)s” cannot separate values. Use one of: semicolon, comma, tab, | : ^ ~ ¦"),
    "workbook_too_large": N_(
        "This workbook needs more memory than an import may use. Is there a cell far outside of the table? Save the sheet as CSV and send that."  # noqa: E501
    ),
    "workbook_broken": N_("This workbook is damaged. Open it in your spreadsheet program and save it again."),
    "workbook_locked": N_("This workbook is protected by a password. Save it without one."),
    "no_such_sheet": N_("There is no sheet “%(sheet)s”."),
    "too_many_rows": N_("The file has more than %(limit)s rows. Split it."),
    "no_rows": N_("The file has headers but no rows."),
    "no_name": N_("No column holds a name. Say which one is the name of the organisation or of the person."),
    "no_whose": N_(
        "No column says whose the rows are. Assign the external number, the customer number or the e-mail address."
    ),
    "field_missing": N_("No column is assigned to “%(field)s”, which every row needs."),
    "twice": N_("“%(field)s” is assigned to more than one column: %(columns)s. Decide for one."),
    "orders_apart": N_(
        "The rows of order “%(number)s” stand apart (lines %(first)s and %(again)s). Sort the file by the order number and send it again."
    ),
    "file_gone": N_("The file is no longer there. Upload it again."),
    "file_changed": N_("The file is not the one that this import began with."),
    "crashed": N_(
        "Something went wrong that nobody foresaw. What was imported before is kept; start the import again to go on."
    ),
}
WHAT = {
    "pdf": N_("PDF"),
    "picture": N_("picture"),
    "archive": N_("packed archive"),
    "program": N_("program or database"),
}

FAULTS = {
    "too_many_cells": N_(
        "This row has %(n)s values, the header only %(columns)s. Is there a separator inside of a value?"
    ),
    "unclosed_quote": N_("A quotation mark in this row is not closed where it should be."),
    "mixed_encoding": N_("The letters are in another encoding than the rest of the file. Did you mean “%(meant)s”?"),
    "too_many_items": N_("This order has %(n)s rows; at most %(limit)s fit. Is this the column of the order number?"),
    "card_not_closed": N_("This card has no end (END:VCARD)."),
    "broken_card": N_("This card cannot be read: %(reason)s"),
}

OUTCOMES = {
    "created": N_("new"), "joined": N_("new person"), "updated": N_("changed"), "unchanged": N_("nothing new"),
    "skipped": N_("left out"), "wrong": N_("wrong"), "asked": N_("to be decided"),
}  # fmt: skip
"""Also words of the counts."""

FURTHER_ITEM = N_("further item")


def outcome_words(kind: str) -> dict[str, str]:
    """What became of rows: a further row of an order is an item of it, a further one of an organisation a person."""
    return {**OUTCOMES, "joined": FURTHER_ITEM} if kind == "orders" else OUTCOMES


REASONS = {
    "external_id": N_("has the same external number"),
    "person_external_id": N_("has the same external number"),
    "same_row": N_("was imported before, word for word"),
    "email": N_("has the same e-mail address"),
    "phone": N_("has the same telephone number and a similar name"),
    "name": N_("has the same name and postcode"),
    "deleted": N_("was deleted; restore it, or wait until it is gone for good"),
    "erased": N_(
        "Somebody in this row was erased on their own request. Who comes back by themselves is entered by hand."
    ),
    "restricted": N_("Nothing may be imported about this person at present. Ask your data protection officer."),
    "kind_differs": N_("is there as the other kind of customer"),
    "undecided": N_("nobody has decided; the row was left out"),
    "no_reason": N_("There is no reason with this code."),
    "no_touchpoint": N_("There is no touchpoint with this code."),
    "in_the_future": N_("This lies in the future."),
    "no_purpose": N_("Nobody has defined this purpose."),
    "no_such_channel": N_("This purpose has no such channel."),
    "no_wording": N_("Name the version of the wording that the person saw."),
    "nothing_to_confirm": N_("There is nothing to confirm. Record first that consent was given."),
    "no_person": N_("A consent is a person's: name the person by e-mail address."),
    "same_product": N_("a product with this number is there already"),
    "same_quotation": N_("a quotation with this number is there already"),
    "same_order": N_("an order with this number is there already"),
    "order_wrong": N_("Another row of this order is wrong."),
}
NOTES = {
    "language_unknown": N_("The language “%(value)s” is not known; the customer is written to in the usual one."),
    "brief_cut": N_("The note has %(value)s characters; the first 1,000 were taken."),
    "owner_unknown": N_("Nobody here is called “%(value)s”; the customer has no such owner."),
    "parent_unknown": N_("There is no customer “%(value)s” that this one could belong to."),
    "product_unknown": N_("There is no product “%(value)s” in the catalogue; it stands in the item's text."),
    "reason_unknown": N_("No reason for the refusal is given; “other reason” is entered."),
    "no_decision_day": N_("The day of the decision is not given; that of the sending is taken."),
    "delivery_ahead": N_("The day of delivery lies ahead; it is taken for the promised one."),
    "other_home": N_("This person is known at another organisation; only the person was changed."),
}

KINDS = {
    "customers": N_("Customers"), "interactions": N_("Contacts"), "products": N_("Products"), "quotations": N_("Quotations"),
    "orders": N_("Orders"), "consents": N_("Consents"),
}  # fmt: skip
STATUSES = {
    "received": N_("waits for the assignment of its columns"), "checking": N_("dry run is going on"), "checked": N_("dry run done"),
    "running": N_("is being imported"), "stopped": N_("stopped"), "done": N_("imported"), "failed": N_("failed"),
    "undoing": N_("is being undone"), "undone": N_("undone"),
}  # fmt: skip
THERE = {
    "products": N_("Products that are there already"), "quotations": N_("Quotations that are there already"),
    "orders": N_("Orders that are there already"),
}  # fmt: skip
RULES = {
    "skip": N_("leave out what is there"), "update": N_("change what is there"), "create": N_("create it all the same"),
    "ask": N_("ask for each"),
}  # fmt: skip


def _said(words: Mapping[str, str], code: str, parameters: Mapping[str, Any]) -> str:
    text = words.get(code, "")
    if not text:
        return code
    return _(text) % parameters if parameters else _(text).replace("%%", "%")


def file_sentence(code: str, parameters: Mapping[str, Any]) -> str:
    """What is wrong with a file as a whole."""
    told = dict(parameters)
    if "what" in told:
        part = WHAT[told["what"]]
        told["what"] = _(part)
    return _said(FILES, code, told)


def fault_sentence(fault: Fault) -> str:
    """What is wrong with the shape of a row."""
    return _said(FAULTS, fault.code, fault.parameters)


def reason_sentence(code: str) -> str:
    return _said(REASONS, code, {})


def note_sentence(code: str, value: str | Mapping[str, str]) -> str:
    if not isinstance(value, str):  # told in each language when it was written
        return value.get(language.get(), "")
    return _said(NOTES, code, {"value": value})
