"""The bell and the list, as staff use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.database import fetch_value
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.notifications.sentences import sentence, title
from crm.notifications.words import WORDS
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DETAIL = {
    "from": "Petra Lang", "to": "Jonas Weber", "class": "B",
    "text": "Angebot", "customer": "Größmann", "number": 2291, "subject": "Rechnung", "level": 2, "promise": "solution",
    "due_at": "2026-11-23T15:00:00+00:00", "month": "2026-10",
    "customers": 12, "impression": 1, "rating": 1, "who": "Ida Sommer", "answer": ["nps", 3],
    "title": "Öffnungszeiten", "on": "2026-11-30", "name": "Kontaktseite", "limit": 60, "asked": "Ida Sommer", "count": 12, "reason": "x",
}  # fmt: skip


async def tell(user: int, *, minute: int = 0, kind: Kind = Kind.REMINDER_DUE) -> int:
    at = NOW + timedelta(minutes=minute)
    new = await notify(user, kind, detail={**DETAIL, "text": f"Nr. {minute}"}, link="/customers/7", now=at, mail=False)
    assert new is not None
    return new


async def unread(user: int) -> int:
    return int(await fetch_value('SELECT count(*) FROM notification WHERE "user" = $1 AND read_at IS NULL', user))


async def test_opening_one_leads_to_what_it_tells_of_and_marks_it_read(browser: Browser, cast: Cast) -> None:
    new = await tell(cast.petra.id)
    await browser.log_in(cast.petra)

    assert "Ihre Wiedervorlage für Größmann ist fällig." in (await browser.get("/notifications")).text
    opened = await browser.get(f"/notifications/{new}")

    assert (opened.status_code, opened.headers["location"]) == (303, "/customers/7")
    assert await unread(cast.petra.id) == 0


async def test_nobody_opens_somebody_elses(browser: Browser, cast: Cast) -> None:
    new = await tell(cast.petra.id)
    await browser.log_in(cast.ali)

    assert (await browser.get(f"/notifications/{new}")).status_code == 404
    assert (await browser.post(f"/notifications/{new}/reading")).status_code == 404
    assert (await browser.get(f"/notifications/{2**70}")).status_code == 404
    assert "Größmann" not in (await browser.get("/notifications")).text
    assert await unread(cast.petra.id) == 1


async def test_all_are_read_with_one_click_and_the_bell_follows(browser: Browser, cast: Cast) -> None:
    await tell(cast.petra.id)
    await tell(cast.petra.id)
    await browser.log_in(cast.petra)
    assert "2 neue" in (await browser.get("/notifications/count", htmx=True)).text

    answer = await browser.post("/notifications/reading", htmx=True)

    assert answer.status_code in (200, 201, 303)
    assert "Alle als gelesen markieren" not in answer.text
    assert "keine neue" in (await browser.get("/notifications/count", htmx=True)).text


async def test_one_is_read_without_being_opened(browser: Browser, cast: Cast) -> None:
    new = await tell(cast.petra.id)
    await browser.log_in(cast.petra)

    await browser.post(f"/notifications/{new}/reading")

    assert await unread(cast.petra.id) == 0


async def test_a_long_list_comes_in_pages(browser: Browser, cast: Cast) -> None:
    for minute in range(35):
        await tell(cast.petra.id, minute=minute)
    await browser.log_in(cast.petra)

    first = (await browser.get("/notifications", htmx=True)).text
    following = first.split("/notifications?before=")[1].split('"')[0]
    second = (await browser.get(f"/notifications?before={following}", htmx=True)).text

    assert "Nr. 34" in first
    assert "Nr. 5<" in first
    assert "Nr. 4<" in second
    assert "Nr. 0<" in second
    assert (await browser.get("/notifications?before=unsinn")).status_code == 422


async def test_the_bell_costs_two_statements(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)

    answer = await browser.get("/notifications/count", htmx=True)

    assert int(answer.headers["x-sql-statements"]) <= 2


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("lang", ["de", "en"])
def test_every_kind_has_its_sentence_in_both_languages(kind: Kind, lang: str) -> None:
    with speaking(lang):
        said = f"{title(kind, DETAIL)} {sentence(kind, DETAIL)}"
        without = f"{title(kind, {})} {sentence(kind, {})}"

    assert "%(" not in said + without
    assert "–" not in said
    assert WORDS[kind].icon


def test_a_warning_names_promise_and_time() -> None:
    with speaking("de"):
        assert sentence("promise_warning", DETAIL) == "Lösung: fällig Mo., 23. November, 16:00."
        assert title("report_ready", DETAIL) == "Der Bericht für Oktober 2026 ist fertig"


async def test_a_link_out_of_the_house_is_refused(cast: Cast) -> None:
    for link in ("https://evil.example", "//evil.example", ""):
        with pytest.raises(ValueError, match="path"):
            await notify(cast.petra.id, "report_ready", detail={}, link=link, now=NOW)
