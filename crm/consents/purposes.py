"""Defining purposes and their wordings. What people have relied on is never rewritten: see purpose_rules.py."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.consents.purpose_rules import LABELS, SHIPPED, PurposeData, mistakes_in, rewriting
from crm.consents.queries import used_channels
from crm.consents.tables import PROCESSING, LegalBasis
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.web.i18n import _

_FIELDS = (
    "name_de", "name_en", "legal_basis", "channels", "is_advertising", "needs_confirmation", "retention_months", "consent_months",
    "position", "is_own_similar",
)  # fmt: skip


async def add_purpose(
    code: str, name_de: str, name_en: str, wording_de: str, wording_en: str, *, by: int | None, now: datetime
) -> None:
    """A new purpose that rests on consent and for which nothing is sent; its first wording holds from now. Raises Invalid
    if there is one with this code."""
    position = await fetch_value("SELECT coalesce(max(position) + 1, 0) FROM purpose")
    data = PurposeData(name_de, name_en, LegalBasis.CONSENT, (PROCESSING,), False, False, None, None, int(position))
    await define_purpose(code, data, wording_de, wording_en, by=by, now=now)


async def define_purpose(
    code: str, data: PurposeData, wording_de: str, wording_en: str, *, by: int | None, now: datetime
) -> None:
    """A new purpose. One that rests on consent begins with its first wording, in both languages: without it nobody can agree.
    Raises Invalid with every mistake."""
    errors = mistakes_in(data)
    texts = {"de": wording_de, "en": wording_en}
    if data.legal_basis == LegalBasis.CONSENT or any(texts.values()):
        errors.update(_missing(texts))
    if errors:
        raise Invalid(errors)
    async with transaction():
        purpose = await fetch_value(
            "INSERT INTO purpose (code, name_de, name_en, legal_basis, channels, is_advertising, needs_confirmation, "
            "retention_months, consent_months, position, is_own_similar, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1) "
            "ON CONFLICT (code) DO NOTHING RETURNING id",
            code, *_stored(data).values(),
        )  # fmt: skip
        if purpose is None:
            raise Invalid({"code": _("There is already a purpose with this code.")})
        if any(texts.values()):
            await _write(purpose, 1, texts, now)
        fields = {"purpose": code, "name_de": data.name_de, "name_en": data.name_en}
        if by is not None:  # what a company starts with, nobody has added
            await record("purpose.added", "purpose", int(purpose), by=by, now=now, fields=fields)


async def change_purpose(code: str, data: PurposeData, version: int, *, by: int, now: datetime) -> None:
    """Save what was changed. Raises Invalid if it would rewrite what people said, Conflict if somebody saved meanwhile."""
    errors = mistakes_in(data)
    async with transaction():
        row = await _held(code)
        before, stored = _data_of(row), _stored(data)
        rewritten = rewriting(before, data, used=await used_channels(code), is_shipped=code in SHIPPED)
        if errors or rewritten:
            raise Invalid({**errors, **rewritten})
        old = _stored(before)
        if row.version != version:
            raise Conflict(
                _("Somebody changed this purpose while you were working on it."),
                [
                    Difference(name, _(LABELS[name]), _told(old[name]), _told(stored[name]))
                    for name in _FIELDS
                    if old[name] != stored[name]
                ],
                row.version,
            )
        differing = {name: value for name, value in stored.items() if old[name] != value}
        if not differing:
            return
        assignments = ", ".join(f"{name} = ${place}" for place, name in enumerate(differing, 2))
        await execute(
            f"UPDATE purpose SET {assignments}, version = version + 1 WHERE id = $1", row.id, *differing.values()
        )
        told = changes({name: old[name] for name in differing}, differing)
        if "channels" in told:
            told["channels"] = list(data.channels)
        await record("purpose.changed", "purpose", row.id, by=by, now=now, fields={"purpose": code, **told})


async def retire_purpose(code: str, *, by: int, now: datetime) -> None:
    """No new consent to it is recorded and nothing goes out for it any more; what was recorded stays, and can be withdrawn."""
    if code in SHIPPED:
        raise RuleBroken(_("This purpose came with the program, which relies on it. It cannot be retired."))
    await _set_retired(code, now, "purpose.retired", by=by, now=now)


async def reuse_purpose(code: str, *, by: int, now: datetime) -> None:
    """Take a retired purpose back into use: the consents of before count again."""
    await _set_retired(code, None, "purpose.reused", by=by, now=now)


async def _set_retired(code: str, at: datetime | None, action: str, *, by: int, now: datetime) -> None:
    async with transaction():
        row = await _held(code)
        if (row.retired_at is None) == (at is None):
            return
        await execute("UPDATE purpose SET retired_at = $2, version = version + 1 WHERE id = $1", row.id, at)
        await record(action, "purpose", row.id, by=by, now=now, fields={"purpose": code})


async def add_wording(code: str, text_de: str, text_en: str, *, by: int, now: datetime) -> int:
    """A new version of what people see before they agree, valid from now; answers its number. Older versions stay as they are, and
    whoever agreed to one of them has agreed to that. Raises Invalid if a text is missing or nothing has changed."""
    texts = {"de": text_de, "en": text_en}
    if errors := _missing(texts):
        raise Invalid(errors)
    async with transaction():
        row = await _held(code)
        newest = await fetch(
            "SELECT version, language, text FROM wording w WHERE purpose = $1 "
            "AND version = (SELECT max(version) FROM wording WHERE purpose = $1)",
            row.id,
        )  # fmt: skip
        if newest and {one.language: one.text for one in newest} == texts:
            raise Invalid({"wording_de": _("This is the wording that already holds.")})
        version = (newest[0].version if newest else 0) + 1
        await _write(row.id, version, texts, now)
        await record(
            "wording.added", "purpose", row.id, by=by, now=now, fields={"purpose": code, "wording_version": version}
        )
        return int(version)


def _missing(texts: dict[str, str]) -> dict[str, str]:
    return {
        f"wording_{language}": _("Write down what people see before they agree, in German and in English.")
        for language, text in texts.items()
        if not text
    }


async def _write(purpose: int, version: int, texts: dict[str, str], now: datetime) -> None:
    for language, text in texts.items():
        await execute(
            "INSERT INTO wording (purpose, version, language, text, valid_from) VALUES ($1, $2, $3, $4, $5)",
            purpose, version, language, text, now,
        )  # fmt: skip


async def _held(code: str) -> Row:
    """The purpose, held for this transaction. Raises NotFound."""
    row = None
    if code.isprintable():
        row = await fetch_one(
            f"SELECT id, version, retired_at, {', '.join(_FIELDS)} FROM purpose WHERE code = $1 FOR UPDATE", code
        )
    if row is None:
        raise NotFound()
    return row


def _data_of(row: Row) -> PurposeData:
    """A row of the catalogue as the rules want it."""
    values = {name: row[name] for name in _FIELDS}
    return PurposeData(
        **{**values, "legal_basis": LegalBasis(row.legal_basis), "channels": tuple(row.channels.split(","))}
    )


def _stored(data: PurposeData) -> dict[str, Any]:
    values = asdict(data)
    return {
        name: values[name] for name in _FIELDS
    } | {"legal_basis": data.legal_basis.value, "channels": ",".join(data.channels)}  # fmt: skip


def _told(value: object) -> str:
    return "" if value is None else str(value)
