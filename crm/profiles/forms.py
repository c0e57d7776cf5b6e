"""A definition of an attribute as it is typed or sent: the typed values, or all errors at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crm.accounts.permissions import Role
from crm.consents.tables import LegalBasis
from crm.profiles.definitions import Choice, Definition
from crm.profiles.tables import BASES, About, AttributeKind, RetentionUnit, ValueType
from crm.text import fold
from crm.web.forms import Fields
from crm.web.i18n import N_, _

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
MOST_CHOICES = 100
LONGEST_RETENTION = {RetentionUnit.DAYS: 3650, RetentionUnit.MONTHS: 120}
NEED_NOTE = (LegalBasis.LEGAL_DUTY, LegalBasis.LEGITIMATE_INTEREST)
FIXED = ("data_type", "about", "purpose", "legal_basis", "is_special")
"""What stays once there are values: they were given for this purpose, on this basis."""

LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "code": N_("Code"), "hint_de": N_("Hint in German"),
    "hint_en": N_("Hint in English"), "kind": N_("Kind"), "data_type": N_("Type"), "choices": N_("Choices"),
    "about": N_("Describes"), "purpose": N_("Purpose"), "legal_basis": N_("Legal basis"),
    "basis_note": N_("Law or interest"), "retention": N_("Kept for"), "retention_unit": N_("Unit"),
    "roles": N_("Who may see it"), "is_special": N_("Special category (GDPR Art. 9)"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AttributeData:
    """What an administrator says about an attribute."""

    name_de: str
    name_en: str
    kind: AttributeKind
    data_type: ValueType
    about: About
    purpose: str
    legal_basis: str
    code: str = ""
    hint_de: str = ""
    hint_en: str = ""
    basis_note: str = ""
    retention: int = 24
    retention_unit: RetentionUnit = RetentionUnit.MONTHS
    roles: frozenset[str] = frozenset()
    is_special: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeChoice:
    """A purpose that an attribute can serve; `has_wording`: a consent to it can be recorded."""

    code: str
    name_de: str
    name_en: str
    legal_basis: str
    has_wording: bool


def attribute_data(
    fields: Fields, purposes: Mapping[str, PurposeChoice], roles: Iterable[str], before: Definition | None = None
) -> AttributeData:
    """The definition, new or changed. Of one that has values what is FIXED stays as it was. Notes every error."""
    is_fixed = before is not None and before.values > 0
    name_de = fields.text("name_de", required=True, limit=120)
    if is_fixed and before is not None:
        data_type, about, purpose = before.data_type, before.about, before.purpose
        basis, is_special = before.legal_basis, before.is_special
    else:
        data_type = fields.choice("data_type", ValueType)
        about = fields.choice("about", About, About.PERSON)
        purpose = fields.one_of("purpose", purposes)
        basis = fields.one_of("legal_basis", [one.value for one in BASES])
        is_special = fields.flag("is_special")
    unit = fields.choice("retention_unit", RetentionUnit, RetentionUnit.MONTHS)
    data = AttributeData(
        name_de=name_de, name_en=fields.text("name_en", limit=120, required=True),
        code=before.code if before else _code(fields), hint_de=fields.text("hint_de"), hint_en=fields.text("hint_en"),
        kind=fields.choice("kind", AttributeKind), data_type=data_type, about=about, purpose=purpose, legal_basis=basis,
        basis_note=fields.text("basis_note"), retention_unit=unit, roles=_roles(fields, roles), is_special=is_special,
        retention=fields.number("retention", low=1, high=LONGEST_RETENTION[unit], required=True) or 1,
        choices=_choices(fields, before) if data_type is ValueType.CHOICE else (),
    )  # fmt: skip
    _demand_basis(fields, data, purposes.get(purpose))
    return data


def _demand_basis(fields: Fields, data: AttributeData, purpose: PurposeChoice | None) -> None:
    """The basis fits the purpose and what is kept (GDPR Art. 6, 7 and 9)."""
    if data.is_special:
        if data.legal_basis != LegalBasis.CONSENT:
            fields.error("legal_basis", _("A special category (GDPR Art. 9) needs the person's explicit consent."))
        if not data.roles:
            fields.error("roles", _("Name the roles that may see a special category: not everybody may."))
        if data.about is not About.PERSON:
            fields.error("about", _("A special category describes persons only."))
    if data.about is About.ORGANISATION:
        return
    if data.kind is AttributeKind.DERIVED and data.legal_basis != LegalBasis.CONSENT:
        fields.error("legal_basis", _("What is derived about a person is profiling: it needs the person's consent."))
    if data.legal_basis in NEED_NOTE and not data.basis_note:
        fields.error("basis_note", _("Name the law, or the interest and why it outweighs that of the person."))
    if data.legal_basis == LegalBasis.CONSENT and purpose is not None and not purpose.has_wording:
        fields.error("purpose", _("Nobody can consent to this purpose: it has no wording. Choose another or add one."))


def _code(fields: Fields) -> str:
    """As it was typed, else from the English name: "Preferred style" becomes preferred_style."""
    typed = fields.text("code", limit=40)
    code = typed or code_of(fields.text("name_en") or fields.text("name_de"))
    if typed and not CODE.fullmatch(typed):
        fields.error("code", _("Small letters, digits and underscores, beginning with a letter: household_size"))
    return code


def code_of(name: str) -> str:
    """A code that stands for a name."""
    words = fold(name).replace(" ", "_")[:40].strip("_")
    return words if CODE.fullmatch(words) else f"x_{words}"[:40].strip("_")


def _roles(fields: Fields, ticked: Iterable[str]) -> frozenset[str]:
    named = frozenset(ticked)
    if wrong := named - {role.value for role in Role}:
        fields.error("roles", _("There is no role “%(role)s”.") % {"role": min(wrong)[:40]})
    return named


def _choices(fields: Fields, before: Definition | None) -> tuple[Choice, ...]:
    """A line per choice: German | English, or code: German | English. The choices that were there keep their codes by
    name."""
    known = {one.name_de: one.code for one in before.choices} if before else {}
    found: dict[str, Choice] = {}
    for line in fields.text("choices", limit=20_000, many_lines=True).splitlines():
        text = " ".join(line.split())
        if not text:
            continue
        head, colon, names = text.partition(":")
        code, names = (head.strip(), names) if colon and CODE.fullmatch(head.strip()) else ("", text)
        german, _bar, english = (part.strip() for part in names.partition("|"))
        code = code or known.get(german) or code_of(english or german)
        if not german or max(len(german), len(english)) > 120 or code in found:
            fields.error(
                "choices", _("Each line needs a name of its own: “%(line)s” does not fit.") % {"line": text[:60]}
            )
        found[code] = Choice(code, german, english or german)
    if not 2 <= len(found) <= MOST_CHOICES:
        fields.error("choices", _("Enter at least two choices, one per line: German | English"))
    return tuple(found.values())


def choices_text(choices: Iterable[Choice]) -> str:
    """The choices as they stand in the field."""
    return "\n".join(f"{one.code}: {one.name_de} | {one.name_en}" for one in choices if not one.is_retired)


def values_of(one: Definition) -> dict[str, Any]:
    """A definition as the form shows it."""
    same = ("name_de", "name_en", "code", "hint_de", "hint_en", "purpose", "legal_basis", "basis_note", "retention")
    return {name: getattr(one, name) for name in same} | {
        "kind": one.kind.value, "data_type": one.data_type.value, "about": one.about.value, "is_special": one.is_special,
        "retention_unit": one.retention_unit.value, "roles": sorted(one.roles), "choices": choices_text(one.choices),
        "version": one.version,
    }  # fmt: skip
