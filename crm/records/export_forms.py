"""What somebody wants to export: a form's or an API's fields as a typed value, or all their errors at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.database import HIGHEST_ID
from crm.profiles.definitions import Definition
from crm.records.export_attributes import attribute_columns, unfitting
from crm.records.export_columns import COLUMNS, FOR_IMPORT, STANDARD, fitting
from crm.records.export_purposes import ExportPurpose, RecipientKind
from crm.records.export_writing import ENCODINGS, SEPARATORS
from crm.web.forms import Fields
from crm.web.i18n import _, language

FORMATS = ("csv", "xlsx", "vcard4", "vcard3")
HEADINGS = ("words", "names")
ROWS = ("person", "customer")
MOST_TICKED = 10_000


@dataclass(frozen=True, slots=True)
class ExportWish:
    """An export before it is asked for. `ids` are ticked customers; None means all that `query` finds."""

    purpose: ExportPurpose
    purpose_text: str
    recipient_kind: RecipientKind
    recipient: str
    query: str
    ids: tuple[int, ...] | None
    format: str
    columns: tuple[str, ...]
    headings: str
    rows: str
    separator: str
    encoding: str


def export_wish(
    fields: Fields, columns: Sequence[str], purposes: Sequence[ExportPurpose], attributes: Sequence[Definition] = ()
) -> ExportWish:
    """The wish that the fields describe; `attributes` are those that whoever asks may see. Raises Invalid with every error."""
    known = {purpose.code: purpose for purpose in purposes}
    purpose = known.get(fields.text("purpose"), purposes[0])
    if fields.text("purpose") not in known:
        fields.error("purpose", _("Please choose what the data are for."))
    kind = fields.choice("recipient_kind", RecipientKind, RecipientKind.INTERNAL)
    text = fields.text("purpose_text", limit=500)
    recipient = fields.text("recipient", limit=200)
    _demand_told(fields, purpose, text, kind, recipient)
    form = fields.one_of("format", FORMATS, "csv")
    headings = fields.one_of("headings", HEADINGS, "words")
    further = attribute_columns(attributes)
    chosen = tuple(column.code for column in fitting(columns, purpose.channel, further))
    if unknown := sorted(set(columns) - {*COLUMNS, *further}):
        fields.error("columns", _("There are no such columns: %(names)s.") % {"names": ", ".join(unknown)[:200]})
    elif refused := unfitting(columns, attributes, purpose):
        fields.error("columns", not_for_this(refused))
    elif not chosen and not form.startswith("vcard"):
        chosen = tuple(column.code for column in fitting(usual_columns(headings), purpose.channel))
    wish = ExportWish(
        purpose, text, kind, recipient, str(fields.values.get("query", ""))[:2000].replace("\x00", ""), ticked(fields), form, chosen,
        headings, fields.one_of("rows", ROWS, "person"), fields.one_of("separator", SEPARATORS, usual_separator()),
        fields.one_of("encoding", ENCODINGS, "utf-8-bom"),
    )  # fmt: skip
    fields.check()
    return wish


def not_for_this(attributes: Sequence[Definition]) -> str:
    """Which attributes may not go along, and what they are kept for."""
    parts = [
        _("“%(name)s” (kept for “%(purpose)s”)") % {"name": one.name, "purpose": one.purpose_name} for one in attributes
    ]
    told = {"attributes": ", ".join(parts)}
    if len(parts) == 1:
        return _("This attribute may not go along for this purpose (GDPR Art. 5): %(attributes)s.") % told
    return _("These attributes may not go along for this purpose (GDPR Art. 5): %(attributes)s.") % told


def _demand_told(fields: Fields, purpose: ExportPurpose, text: str, kind: RecipientKind, recipient: str) -> None:
    """Purpose and recipient must be told so that the officer understands them later."""
    if purpose.code == "other" and not text:
        fields.error("purpose_text", _("Please say what the data are for."))
    if kind is RecipientKind.EXTERNAL:
        if not recipient:
            fields.error("recipient", _("Please name the company that gets the data."))
        if purpose.code == "internal":
            fields.error(
                "purpose", _("Work within the company needs no recipient outside. Choose what they do with it.")
            )


def usual_columns(headings: str) -> tuple[str, ...]:
    """What a file has if nobody chose: for people the usual, for programs all that the import reads."""
    return STANDARD if headings == "words" else FOR_IMPORT


def usual_separator() -> str:
    """Spreadsheets expect a semicolon where numbers have a decimal comma."""
    return "semicolon" if language.get() == "de" else "comma"


def ticked(fields: Fields) -> tuple[int, ...] | None:
    """The ids of ticked customers, separated by commas; None if none is ticked."""
    text = str(fields.values.get("ids", "")).strip()
    if not text:
        return None
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) > MOST_TICKED or not all(
        part.isascii() and part.isdecimal() and 0 < int(part[:20]) <= HIGHEST_ID for part in parts
    ):
        fields.error("ids", _("These customers cannot be understood. Tick them again."))
        return ()
    return tuple(dict.fromkeys(int(part) for part in parts))
