"""The pages and the API of mailings, as Eva (lead), Petra (sales) and Ali (service) use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.mailings.running import run_mailing
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import Client
from tests.mailings.conftest import agrees, many_customers, view_of

NOW = datetime.now(UTC).replace(microsecond=0)


def form(view: int | str = "", **more: Any) -> dict[str, Any]:
    return {
        "kind": "newsletter", "purpose": "newsletter", "name": "Herbst", "view_id": str(view), "subject_de": "Neue Fronten",
        "body_de": "{Anrede}\n\nneue Fronten sind da.", "per_minute": "60", "at_night": "1", **more,
    }  # fmt: skip


async def draft_by(browser: Browser, view: int | str = "", **more: Any) -> str:
    answer = await browser.post("/mailings", form(view, **more))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"].partition("?")[0])


@pytest.fixture
async def eva(browser: Browser, cast: Cast, anna: Client, studio: Client) -> Browser:
    """Eva at the screen; Anna agreed to newsletters."""
    await agrees(anna, NOW - timedelta(days=1))
    return await browser.log_in(cast.eva)


async def test_a_page_that_watches_a_mailing_shows_the_draft_to_which_a_colleague_took_it_back(
    eva: Browser, cast: Cast
) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    answer = await eva.get(f"{at}/state", htmx=True)
    assert (answer.status_code, answer.headers.get("hx-refresh")) == (200, "true")


async def test_from_the_draft_to_the_last_mail(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    shown = await eva.get(at)
    assert "Herbst" in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8
    audience = await eva.get(f"{at}/audience", htmx=True)
    assert "keine Einwilligung" in audience.text

    look = await eva.get(f"{at}/start")
    assert "geht an eine Person" in look.text
    answer = await eva.post(f"{at}/start", {"version": "1", "readers": "1"})
    assert answer.headers["location"] == f"{at}?done=confirmed"
    await run_mailing(int(at.rsplit("/")[-1]), now=datetime.now(UTC))

    running = await eva.get(at)
    assert "1 von 1 übergeben" in running.text
    assert int(running.headers["x-sql-statements"]) <= 8
    history = await eva.get(
        f"/customers/{(await fetch_one('SELECT customer FROM timeline_entry WHERE kind = $1', 'mail')).customer}"
    )
    assert "Rundschreiben · Neue Fronten" in history.text
    assert f'href="{at}"' in history.text


async def test_a_page_asks_seldom_while_a_mailing_rests(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    await eva.post(f"{at}/start", {"version": "1", "readers": "1"})
    number = int(at.rsplit("/")[-1])

    for status in ("planned", "running"):
        for wait, pause in ((timedelta(seconds=5), "every 3s"), (timedelta(hours=9), "every 30s")):
            await execute(
                "UPDATE mailing SET status = $2, next_at = $3, started_at = $4 WHERE id = $1",
                number, status, datetime.now(UTC) + wait, NOW,
            )  # fmt: skip
            assert pause in (await eva.get(at)).text, (status, wait)


async def test_the_preview_is_the_mail_of_a_real_reader(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    html = await eva.get(f"{at}/preview/html?language=de")
    assert "Sehr geehrte Frau Größmann," in html.text
    assert "“ abbestellen" in html.text, "the foot of advertising is drawn"
    assert "/preferences/" not in html.text, "and nobody's link stands in it"
    assert "color:#" not in html.text  # it is read on light ground and on dark
    assert html.headers["x-frame-options"] == "SAMEORIGIN"
    assert "sandbox" in html.headers["content-security-policy"]


async def test_nothing_in_a_text_becomes_markup(eva: Browser, cast: Cast) -> None:
    at = await draft_by(
        eva, await view_of(cast.eva), body_de="<img src=https://zaehler.example/1.gif><script>x</script>"
    )
    html = (await eva.get(f"{at}/preview/html?language=de")).text
    assert "<img" not in html
    assert "<script" not in html
    assert "&lt;img" in html


async def test_a_test_goes_to_oneself_and_needs_no_consent(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva), subject_en="New fronts", body_en="{salutation}\n\nhere they are")
    assert (await eva.post(f"{at}/test")).headers["location"] == f"{at}?done=tested"

    mails = await fetch("SELECT to_address, subject, status, purpose, text FROM outbox_message ORDER BY id")
    assert [(row.to_address, row.subject, row.status, row.purpose) for row in mails] == [
        (cast.eva.email, "Test: Neue Fronten", "queued", "account"), (cast.eva.email, "Test: New fronts", "queued", "account"),
    ]  # fmt: skip
    assert mails[0].text.startswith("Sehr geehrte Frau Größmann,")


async def test_a_double_click_makes_one_draft(eva: Browser) -> None:
    where = {(await eva.post("/mailings", form(submission_id="a" * 32))).headers["location"] for _click in range(2)}
    assert len(where) == 1


async def test_two_who_change_a_draft_don_t_overwrite_each_other(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva)
    await eva.post(at, form(name="Winter", version="1"))
    late = await eva.post(at, form(name="Frühling", version="1"))

    assert late.status_code == 409
    assert "Winter" in late.text
    assert "Frühling" in late.text
    assert (await eva.post(at, form(name="Frühling", version="2"))).status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Bitte füllen Sie dieses Feld aus"),
        ({"purpose": "service"}, "Wählen Sie einen Zweck aus der Liste"),
        ({"subject_de": ""}, "noch keinen Betreff"),
        ({"body_de": "{Anrde}"}, "Platzhalter {Anrde}"),
        ({"body_de": "Am {?Tag}"}, "füllt niemand"),
        ({"subject_de": "", "body_de": ""}, "mindestens einer Sprache"),
        ({"per_minute": "0"}, "ganze Zahl von 1 bis 600"),
        ({"view_id": "999999"}, "Ansicht gibt es nicht mehr"),
        ({"body_de": "x" * 60_000}, "höchstens"),
        ({"kind": "invitation", "purpose": "thanks"}, "sind Werbung"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    eva: Browser, wrong: dict[str, str], sentence: str
) -> None:
    await execute(
        "INSERT INTO purpose (code, name_de, name_en, legal_basis, is_advertising, needs_confirmation, channels, position, version) "
        "VALUES ('thanks', 'Dank', 'Thanks', 'legitimate_interest', false, false, 'email', 90, 1)"
    )
    answer = await eva.post("/mailings", form(**{"name": "Behalten", **wrong}))

    assert answer.status_code == 422
    assert sentence in re.sub(r"\s+", " ", answer.text)
    assert "Behalten" in answer.text or not wrong.get("name", "x")
    assert await fetch_value("SELECT count(*) FROM mailing") == 0


async def test_somebody_elses_view_is_no_audience(eva: Browser, cast: Cast) -> None:
    answer = await eva.post("/mailings", form(await view_of(cast.karin)))
    assert answer.status_code == 422


async def test_mine_stays_whose_it_was_when_another_one_edits(
    browser: Browser, cast: Cast, anna: Client, studio: Client
) -> None:
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", anna.customer, cast.petra.id)
    await agrees(anna, NOW - timedelta(days=1))
    await browser.log_in(cast.petra)
    view = await view_of(cast.petra, "show=mine")
    at = await draft_by(browser, view)
    await browser.log_in(cast.eva)
    await browser.post(at, form(view, name="Winter", version="1"))

    found = await browser.api("GET", f"/mailings/{at.rsplit('/')[-1]}/audience")
    assert (found.json()["customers"], found.json()["readers"]) == (1, 1)


async def test_many_readers_are_confirmed_by_their_number(eva: Browser, cast: Cast) -> None:
    await many_customers(120)
    at = await draft_by(eva, await view_of(cast.eva))
    assert "Tippen Sie ein" in (await eva.get(f"{at}/start")).text
    for typed in ("", "12"):
        answer = await eva.post(f"{at}/start", {"version": "1", "readers": "121", "confirmed": typed})
        assert answer.status_code == 422
    answer = await eva.post(f"{at}/start", {"version": "1", "readers": "121", "confirmed": "121"})
    assert answer.status_code == 303


async def test_sales_draft_and_leads_start(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    at = await draft_by(browser, await view_of(cast.petra))
    for path in ("start", "pause", "resumption", "end"):
        assert (await browser.post(f"{at}/{path}", {"version": "1", "readers": "1"})).status_code == 403
    await browser.log_in(cast.ali)
    assert (await browser.get(at)).status_code == 200
    assert (await browser.post("/mailings", form())).status_code == 403
    assert (await browser.post(f"{at}/deletion")).status_code == 403


async def test_a_draft_can_be_thrown_away_and_what_has_begun_cannot(eva: Browser, cast: Cast) -> None:
    first, second = await draft_by(eva), await draft_by(eva, await view_of(cast.eva))
    assert (await eva.post(f"{first}/deletion")).status_code == 303
    assert (await eva.get(first)).status_code == 404
    await eva.post(f"{second}/start", {"version": "1", "readers": "1"})
    assert (await eva.post(f"{second}/deletion")).status_code == 422
    assert (await eva.get(f"{second}/edit")).status_code == 422


async def test_lists_stand_behind_the_numbers(eva: Browser, cast: Cast, studio: Client) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    without = await eva.get(f"{at}/readers?group=consent_none")
    assert "emre@yildiz.example" in without.text
    assert "Anna@Groessmann.example" in (await eva.get(f"{at}/readers")).text
    assert (await eva.get(f"{at}/readers?group=gibt-es-nicht")).status_code == 404

    await eva.post(f"{at}/start", {"version": "1", "readers": "1"})
    await run_mailing(int(at.rsplit("/")[-1]), now=datetime.now(UTC))
    listed = await eva.get(f"{at}/readers?group=under_way")
    assert "Anna@Groessmann.example" in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 8
    assert "Warum" in listed.text
    await execute("UPDATE outbox_message SET status = 'sent', sent_at = now()")
    delivered = (await eva.get(f"{at}/readers?group=sent")).text
    assert "Anna@Groessmann.example" in delivered
    assert "Warum" not in delivered  # what arrived needs no reason
    await execute("UPDATE outbox_message SET status = 'queued', sent_at = NULL")
    await execute("UPDATE person SET restricted_at = now()")
    assert "Anna@Groessmann.example" not in (await eva.get(f"{at}/readers?group=under_way")).text


async def test_the_list_of_mailings_takes_few_statements(eva: Browser) -> None:
    for n in range(5):
        await draft_by(eva, name=f"Ausgabe {n}")
    listed = await eva.get("/mailings")
    assert "Ausgabe 4" in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 5


async def test_it_can_be_planned_in_words(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    assert (
        await eva.post(f"{at}/start", {"version": "1", "readers": "1", "start_at": "irgendwann"})
    ).status_code == 422
    await eva.post(f"{at}/start", {"version": "1", "readers": "1", "start_at": "in 2 Wochen"})

    row = await fetch_one("SELECT status, start_at FROM mailing")
    assert row is not None
    assert row.status == "planned"
    assert row.start_at > NOW + timedelta(days=12)
    await eva.post(f"{at}/end")
    assert await fetch_value("SELECT status FROM mailing") == "draft"


async def test_the_api_does_the_same(eva: Browser, cast: Cast) -> None:
    view = await view_of(cast.eva)
    made = await eva.api("POST", "/mailings", {
        "kind": "newsletter", "purpose": "newsletter", "name": "Herbst", "view_id": view, "subject_de": "Neu", "body_de": "{Anrede}",
        "at_night": True,
    })  # fmt: skip
    assert made.status_code == 201
    at = f"/mailings/{made.json()['id']}"
    changed = await eva.api("PATCH", at, {"version": 1, "name": "Winter"})
    assert (changed.json()["name"], changed.json()["version"]) == ("Winter", 2)
    assert (await eva.api("PATCH", at, {"version": 1, "name": "Sommer"})).status_code == 409
    assert (await eva.api("GET", f"{at}/audience")).json()["left_out"] == {"consent_none": 2}
    assert (await eva.api("POST", f"{at}/test")).json() == {"languages": ["de"]}
    assert (await eva.api("POST", f"{at}/start", {"version": 1, "readers": 1})).status_code == 409
    assert (await eva.api("POST", f"{at}/start", {"version": 2, "readers": 1})).json()["status"] == "planned"
    await run_mailing(made.json()["id"], now=datetime.now(UTC))
    assert (await eva.api("POST", f"{at}/pause")).json()["status"] == "paused"
    assert (await eva.api("POST", f"{at}/resumption")).json()["status"] == "running"
    ended = (await eva.api("POST", f"{at}/end")).json()
    assert (ended["status"], ended["results"], ended["left_out"]) == (
        "cancelled",
        {"under_way": 1},
        {"consent_none": 2},
    )
    assert (await eva.api("GET", "/mailings")).json()["items"][0]["id"] == made.json()["id"]
    assert (await eva.api("DELETE", at)).status_code == 422
    assert (await eva.api("GET", "/mailings/999999")).status_code == 404


async def test_what_was_done_is_in_the_audit_trail(eva: Browser, cast: Cast) -> None:
    at = await draft_by(eva, await view_of(cast.eva))
    await eva.post(f"{at}/start", {"version": "1", "readers": "1"})
    await eva.post(f"{at}/end")

    actions = await fetch("SELECT action FROM audit_entry WHERE subject_kind = 'mailing' ORDER BY id")
    assert [row.action for row in actions] == ["mailing.drafted", "mailing.confirmed", "mailing.called_off"]
