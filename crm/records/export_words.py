"""The words of exports: what purposes, formats and states are called, and why persons were left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.consents.tables import PROCESSING
from crm.customers.words import CHANNELS
from crm.profiles.definitions import Definition
from crm.records.export_attributes import attribute_columns
from crm.records.export_columns import ATTRIBUTES, COLUMNS, GROUPS, Column
from crm.records.export_purposes import LEFT_OUT, Basis, ExportPurpose
from crm.web.i18n import N_, _, language, local_name, word

FORMATS = {
    "csv": N_("CSV table"), "xlsx": N_("Excel workbook"), "vcard4": N_("vCard 4.0"), "vcard3": N_("vCard 3.0 (Outlook, older phones)"),
}  # fmt: skip
STATES = {
    "requested": N_("waiting"), "running": N_("being made"), "ready": N_("ready"), "failed": N_("failed"), "expired": N_("file deleted"),
}  # fmt: skip
TONES = {"requested": "amber", "running": "amber", "ready": "good", "failed": "rust", "expired": "quiet"}
RECIPIENTS = {"internal": N_("within the company"), "external": N_("another company")}
BASES = {
    Basis.CONTRACT_OR_INTEREST: N_("contract or legitimate interest"), Basis.CONTRACT: N_("contract"),
    Basis.LEGAL_DUTY: N_("legal duty"), Basis.INTEREST: N_("legitimate interest"), Basis.GATE: N_("consent, as the gate decides"),
}  # fmt: skip


def purpose_names(purposes: Iterable[ExportPurpose], catalogue: Iterable[Any]) -> dict[str, str]:
    """What the purposes are called: "Newsletter by E-mail", with the names of the catalogue."""
    names = {row.code: local_name(row) for row in catalogue}
    return {
        purpose.code: names.get(purpose.consent_purpose, purpose.label)
        if purpose.channel == PROCESSING
        else _("%(purpose)s, by %(channel)s")
        % {
            "purpose": names.get(purpose.consent_purpose, purpose.label),
            "channel": _within(word(CHANNELS, purpose.channel)),
        }
        if purpose.consent_purpose
        else _(purpose.label)
        for purpose in purposes
    }


def _within(noun: str) -> str:
    """A word that begins with a capital for itself, in the middle of a sentence: only German keeps it."""
    return noun if language.get() == "de" else noun[:1].lower() + noun[1:]


def state_of(run: Any) -> str:
    """The state of a run; a ready one whose file has been thrown away counts as expired."""
    return "expired" if run.status == "ready" and not run.file_hash else str(run.status)


def left_out_lines(left_out: Mapping[str, int]) -> list[tuple[str, int]]:
    """Reasons in words, the most frequent first; reasons of one name together."""
    summed: dict[str, int] = {}
    for code, n in left_out.items():
        text = word(LEFT_OUT, code)
        summed[text] = summed.get(text, 0) + n
    return sorted(summed.items(), key=lambda pair: (-pair[1], pair[0]))


def column_names(codes: str, attributes: Mapping[str, Column]) -> str:
    known = {**COLUMNS, **attributes}
    return ", ".join(known[code].heading for code in codes.split(",") if code in known)


def column_groups(attributes: Sequence[Definition]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The columns to choose from, under their headings; attributes with what they are kept for."""
    groups = [
        (_(group), [(column.code, column.heading) for column in COLUMNS.values() if column.group == group])
        for group in GROUPS
    ]
    further = [
        (code, f"{column.heading} ({one.purpose_name})")
        for one in attributes
        for code, column in attribute_columns([one]).items()
    ]
    return [*groups, (_(ATTRIBUTES), further)] if further else groups
