"""The pages and the API of imports, as somebody with a file uses them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import httpx

from crm.database import fetch, fetch_value
from crm.records.importing import work_on_import
from crm.records.undoing import undo_import
from tests.browser import Browser
from tests.cast import Cast

FILE = (
    "Anrede,Vorname,Nachname,Firma,Position,Straße geschäftlich,Ort geschäftlich,Postleitzahl geschäftlich,E-Mail-Adresse\n"
    "Frau,Anna,Größmann,Größmann Küchen GmbH,Leiterin,Lange Gasse 12,Nürnberg,90403,anna@groessmann.example\n"
    "Herr,Emre,Yıldız,,,,Fürth,90762,emre@yildiz.example\n"
    "Herr,Kaputt,,,,,,,keine-adresse\n"
)


async def upload(
    browser: Browser, content: str | bytes, name: str = "kontakte.csv", kind: str = "customers"
) -> httpx.Response:
    raw = content.encode() if isinstance(content, str) else content
    return await browser.post("/imports", {"kind": kind}, files={"file": (name, raw, "text/csv")})


async def choices_on(browser: Browser, path: str) -> dict[str, str]:
    """What the page of the assignment would send."""
    text = (await browser.get(path)).text
    found = {}
    for name, inside in re.findall(r'<select id="f-(field-\d+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found


async def test_from_upload_to_result_to_undo(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    received = await upload(browser, FILE)
    assert received.status_code == 303
    mapping = received.headers["location"]
    page = await browser.get(mapping)
    assert "erkannt: Outlook" in page.text
    assert "anna@groessmann.example" in page.text, "sample values help to see what a column is"
    fields = await choices_on(browser, mapping)
    assert fields["field-8"] == "person_email"
    run = int(mapping.split("/")[2])
    tried = await browser.post(mapping, {**fields, "rule": "skip", "source": "Messe 2026", "then": "check"})
    assert tried.headers["location"] == f"/imports/{run}"
    going_on = await browser.get(f"/imports/{run}")
    assert f'hx-get="/imports/{run}/state"' in going_on.text
    await work_on_import(run, now=datetime.now(UTC))
    result = await browser.get(f"/imports/{run}")
    assert "Das war ein Probelauf" in result.text
    assert "E-Mail-Adresse:" in result.text
    assert await fetch_value("SELECT count(*) FROM customer") == 0
    assert (await browser.post(f"/imports/{run}/execution")).status_code == 303
    await work_on_import(run, now=datetime.now(UTC))
    assert (await browser.get(f"/imports/{run}/state", htmx=True)).headers["hx-refresh"] == "true"
    customer = await fetch_value("SELECT id FROM customer WHERE kind = 'organisation'")
    assert f'href="/customers/{customer}"' in (await browser.get(f"/imports/{run}?outcome=created")).text
    shown = await browser.get(f"/customers/{customer}")
    assert "Information nach Art. 14 DSGVO steht aus bis" in shown.text
    assert "Daten aus: Messe 2026" in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 9
    person = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", customer)
    settled = await browser.post(f"/persons/{person}/information", {"status": "sent"})
    assert settled.headers["location"].startswith(f"/customers/{customer}#")
    assert "Nach Art. 14 DSGVO informiert am" in (await browser.get(f"/customers/{customer}")).text
    mend = await browser.get(f"/imports/{run}/wrong-rows")
    assert mend.headers["content-disposition"].startswith("attachment")
    assert "keine-adresse;4;E-Mail-Adresse: " in mend.text
    preview = await browser.get(f"/imports/{run}/reversal")
    assert "Kunden werden entfernt" in preview.text
    await browser.post(f"/imports/{run}/reversal")
    await undo_import(run, now=datetime.now(UTC))
    assert await fetch_value("SELECT count(*) FROM customer") == 0
    assert await fetch_value("SELECT count(*) FROM person") == 0
    assert "rückgängig gemacht" in (await browser.get("/imports")).text


async def test_an_assignment_without_a_name_shows_the_page_again_with_what_was_chosen(
    browser: Browser, cast: Cast
) -> None:
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, "Wer;Ort\nNord;Kiel\n")).headers["location"]
    refused = await browser.post(mapping, {"field-0": "", "field-1": "city", "rule": "update", "source": "x"})
    assert refused.status_code == 422
    assert "Keine Spalte enthält einen Namen" in refused.text
    assert re.search(r'value="update"[^>]*checked', refused.text)


async def test_the_file_can_be_read_in_another_encoding(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, "Firma:Ort\nMüller:Köln\n".encode("cp850"))).headers["location"]
    assert "Firma:Ort" in (await browser.get(mapping)).text
    await browser.post(mapping.replace("mapping", "reading"), {"encoding": "cp850", "delimiter": ":"})
    assert await choices_on(browser, mapping) == {"field-0": "name", "field-1": "city"}
    assert "Müller" in (await browser.get(mapping)).text


async def test_bad_files_are_refused_with_a_sentence(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    for content, said in (
        ("", "Wählen Sie eine Datei"),
        ("   ", "Die Datei ist leer"),
        ("%PDF-1.7 x", "erkannt: PDF"),
        ("Name\n", "keine Zeilen"),
    ):
        refused = await upload(browser, content, "" if not content else "x.csv")
        assert refused.status_code == 422, content
        assert said in refused.text
    assert await fetch_value("SELECT count(*) FROM import_run") == 0


async def test_whoever_may_not_import_finds_nothing(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, FILE)).headers["location"]
    for user in (cast.petra, cast.ali, cast.karin, cast.sven):
        await browser.log_in(user)
        for path in ("/imports", "/imports/new", mapping, f"/imports/{mapping.split('/')[2]}/wrong-rows"):
            assert (await browser.get(path)).status_code in (403, 404)
        assert (await upload(browser, FILE)).status_code in (403, 404)
    await browser.log_in(cast.eva)
    for path in ("/imports/999999", "/imports/0/mapping", f"/imports/{2**63}", "/imports/999999/reversal"):
        assert (await browser.get(path)).status_code == 404


async def test_a_double_click_begins_once(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, FILE)).headers["location"]
    run = int(mapping.split("/")[2])
    fields = await choices_on(browser, mapping)
    assert (await browser.post(mapping, {**fields, "then": "import"})).status_code == 303
    assert (await browser.post(mapping, {**fields, "then": "import"})).status_code == 422
    assert (await browser.post(f"/imports/{run}/execution")).status_code == 422
    await work_on_import(run, now=datetime.now(UTC))
    assert await fetch_value("SELECT count(*) FROM customer") == 2


async def send(browser: Browser, content: str, **fields: str) -> httpx.Response:
    headers = {
        "authorization": f"Bearer {browser.token}",
        **({"idempotency-key": fields.pop("key")} if "key" in fields else {}),
    }
    return await browser.client.post(
        "/api/v1/imports", headers=headers, data=fields, files={"file": ("k.csv", content.encode(), "text/csv")}
    )


async def test_over_the_api(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    sent = await send(browser, FILE, key="a", duplicates="update", source="CRM alt")
    assert sent.status_code == 202, sent.text
    made: dict[str, Any] = sent.json()
    assert (made["status"], made["recognised"], made["mapping"]["Nachname"]) == (
        "running",
        "outlook",
        "person_family_name",
    )
    assert (await send(browser, FILE, key="a", duplicates="update", source="CRM alt")).json()["id"] == made["id"], (
        "sent twice, made once"
    )
    assert (await send(browser, FILE, key="a", duplicates="skip")).status_code == 422
    await work_on_import(made["id"], now=datetime.now(UTC))
    done = (await browser.api("GET", f"/imports/{made['id']}")).json()
    assert (done["status"], done["done"], done["counts"]) == ("done", 3, {"created": 2, "wrong": 1})
    assert [(error["line"], list(error["errors"])) for error in done["errors"]] == [(4, ["E-Mail-Adresse"])]
    assert (await browser.api("GET", "/imports")).json()["items"][0]["id"] == made["id"]
    dry = await send(browser, "Wer;Ort\nNord;Kiel\n", dry_run="true", mapping='{"Wer": "name"}')
    await work_on_import(dry.json()["id"], now=datetime.now(UTC))
    assert (await browser.api("GET", f"/imports/{dry.json()['id']}")).json()["counts"] == {"created": 1}
    for wrong in (
        {"kind": "vögel"},
        {"duplicates": "x"},
        {"mapping": "["},
        {"mapping": '{"Was": "name"}'},
        {"informed_on": "gestern"},
    ):
        assert (await send(browser, FILE, **wrong)).status_code == 422, wrong
    assert (await send(browser, "Was;Ort\nNord;Kiel\n")).json()["errors"]["mapping"]
    undone = await browser.api("POST", f"/imports/{made['id']}/reversal")
    assert undone.status_code == 202
    await undo_import(made["id"], now=datetime.now(UTC))
    assert await fetch("SELECT 1 FROM customer") == []


async def test_what_no_page_sends_is_refused_without_a_crash(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    path = (await upload(browser, FILE)).headers["location"].removesuffix("/mapping")
    for address, form in (
        ("reading", {"encoding": "base64"}), ("reading", {"encoding": "utf-16"}), ("reading", {"delimiter": "\x00"}),
        ("decisions", {"line-²": "skip"}), ("decisions", {"line-999999999": "skip"}),
    ):  # fmt: skip
        assert (await browser.post(f"{path}/{address}", form)).status_code in (303, 422), (address, form)
    for page in (f"/customers/bulk-changes?cursor={'9' * 5000}", f"/customers?view={'9' * 5000}", f"{path}?after=²"):
        assert (await browser.get(page)).status_code in (200, 303, 404, 422), page


async def test_an_import_is_silent_about_who_is_restricted_since(browser: Browser, cast: Cast) -> None:
    """Neither their line nor undoing touches them: stored, and nothing else (GDPR Art. 18)."""
    await browser.log_in(cast.eva)
    mapping = (await upload(browser, FILE)).headers["location"]
    path = mapping.removesuffix("/mapping")
    await browser.post(mapping, {**await choices_on(browser, mapping), "rule": "skip", "then": "import"})
    run_id, now = int(path.rpartition("/")[2]), datetime.now(UTC)
    assert not await work_on_import(run_id, now=now)
    assert "Yıldız" in (await browser.get(path)).text
    await fetch("UPDATE customer SET restricted_at = $1 WHERE name = 'Emre Yıldız'", now)
    for page in (path, f"{path}/reversal"):
        assert "Yıldız" not in (await browser.get(page)).text
    await browser.post(f"{path}/reversal", {})
    assert await undo_import(run_id, now=now)
    assert await fetch_value("SELECT count(*) FROM customer WHERE name = 'Emre Yıldız'") == 1
    assert await fetch_value("SELECT count(*) FROM customer") == 1
