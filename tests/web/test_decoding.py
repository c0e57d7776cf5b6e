"""What an API call hears of wrong fields, parameters and addresses: by name, in its language, and of no page."""

from __future__ import annotations

from typing import Any

import pytest

from crm.app import create_litestar
from crm.database import execute
from crm.settings import Settings
from crm.web.decoding import field_error
from crm.web.i18n import speaking
from crm.web.parameters import parameters_of
from tests.browser import Browser
from tests.cast import Cast

ENGLISH = {"accept-language": "en"}


@pytest.fixture
async def petra(browser: Browser, cast: Cast) -> Browser:
    return await browser.log_in(cast.petra)


@pytest.mark.parametrize(
    ("message", "path", "told"),
    [
        ("Object contains unknown field `emial`", "data", ("emial", "Dieses Feld gibt es hier nicht.")),
        ("Object contains unknown field `x`", "items[0]", ("items.0.x", "Dieses Feld gibt es hier nicht.")),
        ("Object contains unknown field `x` - at `$.a[2]`", "", ("a.2.x", "Dieses Feld gibt es hier nicht.")),
        ("Object missing required field `text`", "data", ("text", "Bitte füllen Sie dieses Feld aus.")),
        ("Expected `int`, got `str` - at `$.id`", "", ("id", "Hier wird eine ganze Zahl erwartet, nicht ein Text.")),
        ("Expected `str | null`, got `int`", "a", ("a", "Hier wird ein Text oder null erwartet, nicht eine ganze Zahl.")),
        ("Expected `object`, got `array`", "data", ("body", "Hier wird ein Objekt erwartet, nicht eine Liste.")),
        ("Expected `str` of length <= 200", "name", ("name", "Höchstens 200 Zeichen passen hinein.")),
        ("Expected `array` of length <= 5", "items", ("items", "Höchstens 5 Einträge passen hinein.")),
        ("Expected `int` >= 1", "limit", ("limit", "Der kleinste Wert ist 1.")),
        ("Invalid enum value 'fax'", "channel", ("channel", "„fax“ gehört hier nicht zu den möglichen Wörtern.")),
        ("Invalid RFC3339 encoded datetime", "at", ("at", "Hier wird ein Zeitpunkt wie 2026-11-30T09:00:00+01:00 erwartet.")),
        ("'data'", "data", ("body", "Hier wird ein Objekt erwartet.")),
        ("Integer value out of range", "id", ("id", "Dieser Wert passt hier nicht.")),
    ],
)  # fmt: skip
def test_every_complaint_names_its_field(message: str, path: str, told: tuple[str, str]) -> None:
    with speaking("de"):
        assert field_error(message, path) == told


async def test_an_unknown_field_is_named_in_the_language_of_the_call(petra: Browser) -> None:
    body = {"kind": "person", "family_name": "Berg", "emial": "anna@berg.example"}
    german = (await petra.api("POST", "/customers", body)).json()
    assert (german["status"], german["errors"]) == (422, {"emial": "Dieses Feld gibt es hier nicht."})
    assert german["detail"] == "Nicht alle Angaben stimmen; in „errors“ steht zu jedem Feld, was nicht stimmt."
    english = (await petra.api("POST", "/customers", body, **ENGLISH)).json()
    assert english["errors"] == {"emial": "There is no such field here."}


async def test_a_wrong_type_is_named_by_its_path(petra: Browser) -> None:
    ticket = (await petra.api("POST", "/tickets", {"customer_id": "x", "subject": "a", "text": "b"}, **ENGLISH)).json()
    assert ticket["errors"] == {"customer_id": "Here a whole number is expected, not a text."}
    order = {"customer_id": 1, "number": "1", "items": [{"text": "Fuß"}, {"product": 1}]}
    assert set((await petra.api("POST", "/orders", order)).json()["errors"]) == {"items.1.product"}
    items: list[Any] = [{"external_id": "a", "emial": "x"}, {"external_id": 5}, 7]
    many = (await petra.api("POST", "/customers/bulk", {"items": items})).json()["items"]
    assert [set(item["errors"]) for item in many] == [{"emial"}, {"external_id"}, {"body"}]


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [
        ("GET", "/customers?statuss=former", {"statuss"}),
        ("GET", "/customers?foo=1&limit=1&bar", {"foo", "bar"}),
        ("GET", "/orders?state=paid", {"state"}),
        ("GET", "/tickets?customer=1", {"customer"}),
        ("POST", "/customers/bulk-changes?dry_run=true", {"dry_run"}),
    ],
)
async def test_a_parameter_that_is_not_known_is_refused_by_name(
    petra: Browser, method: str, path: str, names: set[str]
) -> None:
    answer = await petra.api(method, path, {} if method == "POST" else None)
    assert (answer.status_code, set(answer.json()["errors"])) == (422, names)


async def test_the_sentence_says_which_parameters_there_are(petra: Browser) -> None:
    told = (await petra.api("GET", "/customers?klass=A", **ENGLISH)).json()["errors"]["klass"]
    assert told.startswith("There is no such parameter here. These are known: ")
    assert {"class", "cursor", "limit", "sort", "status", "show", "columns"} <= set(
        told.removesuffix(".").partition("known: ")[2].split(", ")
    )
    assert (await petra.api("GET", "/customers?class=A&status=customer&sort=-name&limit=5")).status_code == 200


async def test_a_parameter_of_an_address_is_always_text(petra: Browser) -> None:
    answer = await petra.api("GET", "/interactions?customer_id=x", **ENGLISH)
    assert answer.json()["errors"] == {"customer_id": "Here a whole number is expected."}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/customers/999999", 404), ("GET", "/nowhere?x=1", 404), ("PUT", "/customers", 405)],
)
async def test_a_program_is_told_of_no_page(petra: Browser, method: str, path: str, status: int) -> None:
    answer = await petra.api(method, path)
    assert answer.status_code == status
    detail = answer.json()["detail"]
    assert "Adresse" in detail
    assert "Startseite" not in detail
    assert "Startseite" in (await petra.get("/customers/999999")).text, "a page says where to go"


async def test_broken_json_is_told_with_its_place(petra: Browser) -> None:
    headers = {"authorization": f"Bearer {petra.token}", "content-type": "application/json"}
    answer = await petra.client.post("/api/v1/customers", content=b"{x", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["detail"] == "Der Inhalt ist ab Byte 1 kein gültiges JSON."


@pytest.mark.parametrize(("asked", "is_english"), [("fr", True), ("*", True), ("de", False), ("en;q=0.5, fr", True)])
async def test_a_header_without_our_languages_leaves_the_profile_its_say(
    petra: Browser, cast: Cast, asked: str, is_english: bool
) -> None:
    await execute("UPDATE staff SET language = 'en' WHERE id = $1", cast.petra.id)
    headers = {"authorization": f"Bearer {petra.token}", "accept-language": asked}
    answer = await petra.client.get("/api/v1/customers/999999", headers=headers)
    assert answer.json()["detail"].startswith("There is no such address") == is_english


def test_every_call_with_parameters_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the description of the API says that a call takes is what it takes."""
    app = create_litestar(Settings.from_env())
    described = app.openapi_schema.to_schema()["paths"]
    seen = 0
    for route in app.routes:
        for method, (handler, _model) in getattr(route, "route_handler_map", {}).items():
            operation = described.get(getattr(route, "path_format", ""), {}).get(str(method).lower())
            if operation is None or not route.path.startswith("/api/"):
                continue
            wanted = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
            assert parameters_of(handler, frozenset(route.path_parameters)) == wanted, route.path
            seen += bool(wanted)
    assert seen > 20
