"""The audit trail: what is written, what the page shows, and what nobody can change."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from crm.accounts import action_words, audit, field_words, subject_words
from crm.accounts.changing import change_user
from crm.accounts.queries import audit_kinds, audit_lines
from crm.database import execute, fetch_one, fetch_value
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_sven_reads_what_ines_changed_before_and_after(browser: Browser, cast: Cast) -> None:
    await change_user(cast.petra.id, {"name": "Petra Roth", "role": "lead"}, 1, by=cast.ines.id, now=NOW)
    await browser.log_in(cast.sven)
    page = await browser.get(f"/audit?kind=user&record={cast.petra.id}")
    assert page.status_code == 200
    assert "Ines Brandt" in page.text
    assert "<del>Petra Lang</del> Petra Roth" in page.text
    assert f'href="/users/{cast.petra.id}">Petra Roth</a>' in page.text
    assert "<del>Vertrieb</del> Teamleitung" in page.text


async def test_erased_values_are_said_to_be_erased(browser: Browser, cast: Cast) -> None:
    await change_user(cast.petra.id, {"name": "Petra Roth"}, 1, by=cast.ines.id, now=NOW)
    await execute("UPDATE audit_payload SET fields = NULL, erased_at = $1", NOW)
    await browser.log_in(cast.sven)
    page = await browser.get("/audit?kind=user")
    assert "gelöscht am 23.11.2026" in page.text
    assert "Petra Lang" not in page.text.partition("<tbody>")[2]


async def test_what_has_many_parts_is_told_in_words(browser: Browser, cast: Cast) -> None:
    steps = [
        {"touchpoint": "website", "channels": ["web", "email"], "aim": 4.2, "responsible": cast.petra.id, "note": ""},
        {"touchpoint": "hotline", "channels": [], "aim": 4.0, "responsible": None, "note": "kurz"},
    ]
    fields = {"journey_steps": [None, steps]}
    await audit.record("intended_journey.planned", "intended_journey", 1, by=cast.karin.id, now=NOW, fields=fields)
    await browser.log_in(cast.sven)
    page = (await browser.get("/audit?kind=intended_journey")).text
    assert (
        "Kontaktpunkt: website, Angestrebt: 4,2, Kanäle: Webseite, E-Mail, Verantwortlich: Petra Lang; Kontaktpunkt: hotline"
        in page
    )
    assert "[" not in page.partition("<tbody>")[2].partition("</tbody>")[0]


async def test_the_filters_find_kind_record_and_actor(cast: Cast) -> None:
    await audit.record("ticket.closed", "ticket", 7, by=cast.ali.id, now=NOW)
    await audit.record("ticket.closed", "ticket", 8, by=cast.mia.id, now=NOW)
    await audit.record("settings.changed", "company", None, by=cast.ines.id, now=NOW)
    assert [line.subject_id for line in await audit_lines(kind="ticket")] == [8, 7]
    assert [line.subject_id for line in await audit_lines(kind="ticket", subject_id=7)] == [7]
    assert [line.action for line in await audit_lines(actor_id=cast.ines.id)] == ["settings.changed"]
    assert {"ticket", "company"} <= set(await audit_kinds())


async def test_pages_follow_each_other_without_gap_or_repeat(browser: Browser, cast: Cast) -> None:
    for n in range(120):
        await audit.record("ticket.closed", "ticket", n + 1, by=cast.ali.id, now=NOW)
    await browser.log_in(cast.sven)
    found: list[str] = []
    path = "/audit?kind=ticket"
    page = (await browser.get(path)).text
    while True:
        found += re.findall(r'id="audit-(\d+)"', page)
        following = re.search(r'hx-get="(/audit[^"]+)"', page)
        if not following:
            break
        page = (await browser.get(following[1].replace("&amp;", "&"), htmx=True)).text
        assert "<html" not in page
    assert len(found) == len(set(found)) == 120


@pytest.mark.parametrize(
    "query",
    [
        "kind=" + "x" * 300,
        "record=-1",
        "record=99999999999999999999",
        "actor=abc",
        "kind=%00",
        "cursor=!!!",
        "cursor=WzFd",
        "cursor=WzFlOTldCg",
    ],
)
async def test_no_filter_breaks_the_page(browser: Browser, cast: Cast, query: str) -> None:
    await browser.log_in(cast.sven)
    assert (await browser.get(f"/audit?{query}")).status_code in (200, 422)


async def test_secrets_are_named_and_never_shown() -> None:
    found = audit.changes({"smtp_password": "alt", "name": "a"}, {"smtp_password": "neu", "name": "a"})
    assert found == {"smtp_password": ["•••", "•••"]}


async def test_an_entry_carries_the_salted_hash_of_its_values(cast: Cast) -> None:
    import hashlib

    await audit.record("x.y", "user", 1, by=None, now=NOW, fields={"name": ["ä", None]})
    row = await fetch_one(
        "SELECT e.payload_hash, p.salt FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id ORDER BY e.id DESC LIMIT 1"
    )
    assert row is not None
    assert row.payload_hash == hashlib.sha256(row.salt + '{"name":["ä",null]}'.encode()).digest()
    assert len(row.salt) == 16


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor_id = 1", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
async def test_the_database_refuses_to_change_an_entry(own_database: str, statement: str) -> None:
    await audit.record("x.y", "user", 1, by=None, now=NOW)
    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
        await execute(statement)
    assert await fetch_value("SELECT count(*) FROM audit_entry") == 1


def test_what_the_trail_does_not_know_is_shown_by_its_code() -> None:
    assert action_words.action_name("moon.landed") == "moon.landed"
    assert subject_words.subject_name("moon") == "moon"
    assert field_words.before_and_after("moon", "x", {}) == ("–", "x")
    assert field_words.before_and_after("owner_id", [7, None], {7: "Petra Lang"}) == ("Petra Lang", "–")
    assert field_words.before_and_after("role", ["sales", "king"], {}) == ("Vertrieb", "king")
    assert field_words.shown({"a": 1}) == '{"a":1}'


def test_whatever_the_program_records_has_a_word() -> None:
    """Every action code that stands in a call of `record` or `record_many`, in any package, and those that a statement
    of its own writes."""
    found = {"interaction.logged", "ticket.opened"}
    for path in (Path(__file__).parents[2] / "crm").rglob("*.py"):
        for statement in path.read_text().split("INSERT INTO audit_entry")[1:]:
            found |= set(re.findall(r"'([a-z_]+\.[a-z_]+)'", statement[:300]))
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("record", "record_many") and "." in str(node.args[0].value):
                    found.add(str(node.args[0].value))
    assert {"user.added", "ticket.closed", "customer.created", "interaction.logged"} <= found
    assert not [code for code in sorted(found) if action_words.action_name(code) == code]


async def test_fields_of_every_kind_of_record_are_told_in_words(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    new = {"kind": "person", "given_name": "Jana", "family_name": "Kern", "form_of_address": "ms", "external_id": "K-7"}
    assert (await browser.post("/customers", new)).status_code == 303
    await audit.record("ticket.changed", "ticket", 7, by=cast.ali.id, now=NOW, fields={"status": ["new", "solved"]})
    await audit.record(
        "customers.imported",
        "import",
        None,
        by=cast.ines.id,
        now=NOW,
        fields={"file": "k.csv", "created": 3, "wrong": 1},
    )
    await browser.log_in(cast.sven)
    text = (await browser.get("/audit")).text
    for label, value in (
        ("Vorname", "Jana"), ("Nachname", "Kern"), ("Anrede", "Frau"), ("Externe Nummer", "K-7"), ("Status", "Interessent"),
        ("Servicelevel", "Basis"), ("Sprache", "Deutsch"), ("Land", "Deutschland"), ("Datei", "k.csv"), ("fehlerhaft", "1"),
    ):  # fmt: skip
        assert f"<dt>{label}</dt><dd>{value}</dd>" in text, label
    assert "<dt>Status</dt><dd><del>neu</del> erledigt</dd>" in text
