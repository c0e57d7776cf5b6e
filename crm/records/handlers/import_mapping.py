"""The page on which the columns of a file to import are assigned to fields, and how the file is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.profiles.definitions import Definition
from crm.records.attribute_cells import attribute_fields, offered_attributes, with_attributes
from crm.records.headers import recognise, tool_name
from crm.records.import_queries import RunView, run_named
from crm.records.imports import (
    Settings,
    assign_columns,
    check_import,
    field_label,
    read_again,
    start_import,
)
from crm.records.number_writing import written_numbers
from crm.records.reading import Choices, FileKind
from crm.records.reading_csv import DELIMITERS
from crm.records.sentences import KINDS, RULES, STATUSES, THERE, outcome_words
from crm.records.tables import Rule, RunStatus
from crm.records.targets import TARGETS, ImportKind
from crm.records.text_files import ENCODINGS
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, N_, _, word
from crm.web.render import page, see_other

ENCODING_WORDS = {
    "utf-8": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16", "cp850": "DOS (850)", "mac_roman": "Mac Roman",
    "cp1250": "Windows-1250",
    "iso8859_15": "ISO 8859-15", "cp1251": "Windows-1251", "cp1253": "Windows-1253", "cp1254": "Windows-1254",
}  # fmt: skip
COLUMNS_SHOWN = 150
"""More columns than that are shown only if they are assigned."""
DELIMITER_WORDS = {";": N_("semicolon"), ",": N_("comma"), "\t": N_("tab"), "|": N_("vertical bar")}


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column on the page that assigns them."""

    place: int
    header: str
    samples: Sequence[str]
    field: str
    is_recognised: bool


def page_words(kind: str = "") -> dict[str, Any]:
    return {
        "word": word,
        "kinds": KINDS,
        "statuses": STATUSES,
        "outcomes": outcome_words(kind),
        "rules": RULES,
        "there_words": {code: _(text) for code, text in THERE.items()},
        "tool_name": tool_name,
    }


@get("/imports/{run_id:int}/mapping", permission=Permission.DATA_IMPORT)
async def show_mapping(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    run = await run_named(run_id)
    if run.has_begun or run.is_active:
        return see_other(request, f"/imports/{run_id}")
    values = {
        "rule": run.row.rule,
        "source": run.row.source,
        "informed_on": run.row.informed_on,
        "informed": "1" if run.row.informed_on else "",
    }
    return await _mapping_page(request, run, run.mapping, values, {})


async def _mapping_page(
    request: StaffRequest, run: RunView, mapping: Sequence[str], values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    kind = ImportKind(run.row.kind)
    offered = await offered_attributes(request.user.id) if kind is ImportKind.CUSTOMERS else []
    seen = with_attributes(run.columns, recognise(run.columns, kind).fields, offered)
    columns = [
        ColumnView(
            place,
            header,
            run.samples[place] if place < len(run.samples) else (),
            code,
            bool(code) and code == seen[place],
        )
        for place, (header, code) in enumerate(zip(run.columns, mapping, strict=True))
    ]
    shown = [column for column in columns if column.field or len(columns) <= COLUMNS_SHOWN]
    return await page(
        request, "imports/mapping.html", status=422 if errors else 200, run=run, columns=shown, hidden=len(columns) - len(shown),
        options=_options(kind, offered), has_attributes=bool(offered),
        has_numbers=run.row.file_kind != FileKind.WORKBOOK and _has_numbers(kind, mapping, offered),
        values=values, errors=errors, encodings=_encodings(run),
        sheets=[(name, name) for name in run.about.get("sheets", ())], delimiters=[(d, _(DELIMITER_WORDS[d])) for d in DELIMITERS],
        numbers=[("de", "1.234,50"), ("en", "1,234.50")], written_numbers=written_numbers(run.row),
        is_remembered=list(mapping) != list(seen) and run.status == RunStatus.RECEIVED, **page_words(),
    )  # fmt: skip


def _has_numbers(kind: ImportKind, mapping: Sequence[str], offered: Sequence[Definition]) -> bool:
    """Whether it matters how the file writes its numbers."""
    numbers = attribute_fields(one for one in offered if one.data_type == "number")
    return kind in (ImportKind.QUOTATIONS, ImportKind.ORDERS) or not numbers.keys().isdisjoint(mapping)


def _encodings(run: RunView) -> list[tuple[str, str]]:
    """What can be chosen, with what was found out among it."""
    found = str(run.about.get("encoding", ""))
    codes = [*ENCODINGS, *([found] if found and found not in ENCODINGS else [])]
    return [(code, ENCODING_WORDS.get(code, code)) for code in codes]


def _options(kind: ImportKind, offered: Sequence[Definition]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields of an import, by heading."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for target in TARGETS[kind].values():
        groups.setdefault(_(target.group), []).append((target.code, field_label(kind, target.code)))
    if offered:
        groups[_("Attributes")] = list(attribute_fields(offered).items())
    return list(groups.items())


@post("/imports/{run_id:int}/mapping", permission=Permission.DATA_IMPORT, status_code=303)
async def save_mapping(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Keeps the assignment and begins the dry run, or the import itself."""
    run, now = await run_named(run_id), datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    mapping = tuple(
        str(fields.values.get(f"field-{place}", "" if len(run.columns) <= COLUMNS_SHOWN else run.mapping[place]))[:60]
        for place in range(len(run.columns))
    )
    try:
        rule = fields.choice("rule", Rule, Rule.SKIP)
        informed = fields.on("informed_on", required=True) if fields.flag("informed") else None
        settings = Settings(mapping, rule, fields.text("source", limit=200), informed)
        fields.check()
        await assign_columns(run_id, settings, by=request.user.id, now=now)
        if fields.text("then") == "import":
            await start_import(run_id, now=now)
        else:
            await check_import(run_id, now=now)
    except Invalid as error:
        return await _mapping_page(request, run, mapping, fields.values, error.errors)
    return see_other(request, f"/imports/{run_id}")


@post("/imports/{run_id:int}/reading", permission=Permission.DATA_IMPORT, status_code=303)
async def change_reading(request: StaffRequest, run_id: FromPath[int]) -> Response[Any]:
    """Reads the file again with another encoding, separator or sheet."""
    run = await run_named(run_id)
    form = Fields(dict(await request.form()))
    delimiter = str(form.values.get("delimiter", ""))[:10]
    numbers = form.text("numbers") if form.text("numbers") in LANGUAGES else ""
    choices = Choices(form.text("encoding", limit=40), delimiter, form.text("sheet", limit=200), numbers)
    try:
        await read_again(run_id, choices, now=datetime.now(UTC))
    except Invalid as error:
        return await _mapping_page(
            request, run, run.mapping, {"rule": run.row.rule, "source": run.row.source}, error.errors
        )
    return see_other(request, f"/imports/{run_id}/mapping")


route_handlers = [show_mapping, save_mapping, change_reading]
