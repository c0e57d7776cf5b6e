"""Reports about a team's customers and about a saved list: whose figures they are, who gets them, and what stays when both are gone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from crm.cli.errors import Refusal
from crm.cli.report import _report
from crm.database import execute, fetch, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.notifications.sentences import sentence, title
from crm.reports import actions, months
from crm.reports.actions import produce_report, request_monthly_reports, request_report
from crm.reports.figures import figures_of
from crm.reports.printing import Job
from crm.reports.queries import figures_for, scope_for, scope_named, scopes, stored_figures
from crm.reports.readers import set_readers
from crm.reports.scope_choice import choose_scopes
from crm.reports.scopes import GONE, LOOKER, NotDrawnUp, file_part
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
AFTER = EDGES[2] + timedelta(days=1, hours=9)
NOW = datetime.now(UTC)
LAST = months.written(months.earlier(months.month_of(NOW, BERLIN), 1))


@pytest.fixture
async def team(cast: Cast) -> int:
    """Eva's and Petra's team, which has half of the customers of a world that is filled."""
    await World(1, cast).fill(contacts=120, answers=60, tickets=20, events=5)
    team = int(await fetch_value("INSERT INTO team (name) VALUES ('Küchen Nord') RETURNING id"))
    await execute("UPDATE staff SET team = $1 WHERE id = ANY($2::bigint[])", team, [cast.eva.id, cast.petra.id])
    await execute("UPDATE customer SET team = NULL, owner = CASE WHEN id % 2 = 0 THEN $1::bigint END", cast.petra.id)
    return team


async def a_list(cast: Cast, team: int, query: str, name: str = "Großkunden") -> int:
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, team, query, created_at, version) VALUES ($1, $2, $3, $4, $5, 1) RETURNING id",
        name, cast.eva.id, team, query, AFTER,
    )  # fmt: skip
    return int(view)


async def final(code: str, now: datetime = AFTER, language: str = "de") -> int:
    run = await request_report(OCTOBER, language, by=None, now=now, scope=await scope_for(code))
    assert await produce_report(run, now=now)
    return run


async def test_a_teams_report_counts_what_happened_with_its_customers(cast: Cast, team: int, paper: list[Job]) -> None:
    whole = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    await final(f"team:{team}")
    figures = await stored_figures(OCTOBER, scope=f"team:{team}")
    assert figures is not None
    assert figures.scope is not None
    expected = await fetch_value(
        "SELECT count(*)::int FROM interaction i JOIN customer c ON c.id = i.customer LEFT JOIN person p ON p.id = i.person "
        "WHERE c.owner = $3 AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND p.restricted_at IS NULL "
        "AND i.at >= $1 AND i.at < $2",
        EDGES[1], EDGES[2], cast.petra.id,
    )  # fmt: skip
    assert 0 < figures.contacts == expected < whole.contacts
    assert (figures.scope.name, figures.measures, figures.requests) == ("Küchen Nord", None, None)
    page = paper[0].page
    for said in (
        "Team Küchen Nord",
        f"Dieser Bericht handelt von {figures.scope.customers} Kunden",
        "im Bericht über die ganze Firma",
    ):
        assert said in page, said
    assert paper[0].attached[0].name.startswith("Kontaktpunktbericht-2026-10-team-kuchen-nord")
    assert await stored_figures(OCTOBER) is None, "the company's report is another one"


async def test_a_list_that_says_mine_is_refused_and_one_of_our_team_means_that_team(cast: Cast, team: int) -> None:
    for query in ("show=mine", "owner=me", "deputy=me", "show=mine-overdue"):
        scope = await scope_for(f"segment:{await a_list(cast, team, query, query)}")
        assert scope.refusal == LOOKER, query
        with pytest.raises(NotDrawnUp):
            await request_report(OCTOBER, "de", by=cast.karin.id, now=AFTER, scope=scope)
    ours = await scope_for(f"segment:{await a_list(cast, team, 'team=mine', 'unsere')}")
    theirs = await scope_for(f"team:{team}")
    one, other = [await figures_for(OCTOBER, now=AFTER, zone=BERLIN, scope=scope) for scope in (ours, theirs)]
    assert (one.contacts, one.satisfaction) == (other.contacts, other.satisfaction)


async def test_lists_that_nobody_shares_and_garbage_are_no_scopes(cast: Cast, team: int) -> None:
    view = await a_list(cast, team, "status=customer")
    await execute("UPDATE saved_view SET team = NULL WHERE id = $1", view)
    for code in (
        f"segment:{view}",
        "team:0",
        "team:999999999999",
        "segment:x",
        "team:" + "9" * 30,
        "nothing",
        "team:-1",
        "\x00",
    ):
        with pytest.raises(NotFound):
            await scope_for(code)


async def test_what_is_renamed_or_gone_keeps_its_reports(cast: Cast, team: int, paper: list[Job]) -> None:
    code = f"segment:{await a_list(cast, team, 'status=customer')}"
    run = await final(code)
    fixed = await stored_figures(OCTOBER, scope=code)
    await execute("UPDATE saved_view SET name = 'Anders'")
    assert (await stored_figures(OCTOBER, scope=code)) == fixed
    await execute("DELETE FROM saved_view")
    gone = await scope_for(code)
    assert (gone.name, gone.is_there, gone.refusal) == ("Großkunden", False, GONE)
    assert await figures_for(OCTOBER, now=AFTER, zone=BERLIN, scope=gone) == fixed
    english = await final(code, AFTER + timedelta(days=3), "en")
    assert english != run
    assert "List “Großkunden”" in paper[1].page
    with pytest.raises(NotDrawnUp):
        await request_report(date(2026, 9, 1), "de", by=None, now=AFTER, scope=gone)


async def test_a_provisional_report_that_is_made_anew_bears_the_new_name(
    cast: Cast, team: int, paper: list[Job]
) -> None:
    run = await final(f"team:{team}", EDGES[2] - timedelta(days=3))
    await execute("UPDATE team SET name = 'Küchen Süd' WHERE id = $1", team)
    assert await final(f"team:{team}") == run
    assert await fetch_value("SELECT scope_name FROM report_run WHERE id = $1", run) == "Küchen Süd"
    assert "Team Küchen Süd" in paper[1].page


async def test_a_list_that_is_gone_before_its_turn_says_why_it_failed(cast: Cast, team: int, paper: list[Job]) -> None:
    code = f"segment:{await a_list(cast, team, 'status=customer')}"
    run = await request_report(OCTOBER, "de", by=None, now=AFTER, scope=await scope_for(code))
    await execute("DELETE FROM saved_view")
    assert not await produce_report(run, now=AFTER)
    assert await fetch_value("SELECT error FROM report_run WHERE id = $1", run) == GONE


async def test_only_what_was_chosen_is_drawn_up_by_itself(
    cast: Cast, team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enqueue(name: str, *ids: int) -> None: ...

    monkeypatch.setattr(actions, "enqueue", enqueue)
    monday = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    view = f"segment:{await a_list(cast, team, 'status=customer')}"
    await choose_scopes({f"team:{team}": True, view: True}, by=cast.karin.id, now=monday)
    await choose_scopes({view: False}, by=cast.karin.id, now=monday)
    for day in range(3):
        await request_monthly_reports(monday + timedelta(days=day))
    runs = await fetch("SELECT scope, language FROM report_run ORDER BY scope, language")
    assert [tuple(run) for run in runs] == [
        ("company", "de"), ("company", "en"), (f"team:{team}", "de"), (f"team:{team}", "en"),
    ]  # fmt: skip
    assert {one.code for one in await scopes() if one.is_automatic} == {f"team:{team}"}
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'report.scopes'") == 2


async def test_managers_are_told_once_that_a_chosen_report_cannot_be_drawn_up(
    browser: Browser, cast: Cast, team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def enqueue(name: str, *ids: int) -> None: ...

    monkeypatch.setattr(actions, "enqueue", enqueue)
    monday = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
    view = await a_list(cast, team, "status=customer")
    await choose_scopes({f"segment:{view}": True}, by=cast.karin.id, now=monday)
    await execute("UPDATE saved_view SET query = 'owner=me' WHERE id = $1", view)
    for day in range(3):
        await request_monthly_reports(monday + timedelta(days=day))
    told = await fetch("SELECT \"user\" AS whom, kind, detail, link FROM notification WHERE kind = 'report_refused'")
    assert [(one.whom, one.link) for one in told] == [(cast.karin.id, "/reports/scopes")]
    detail = msgspec.json.decode(told[0].detail)
    with speaking("de"):
        assert (
            title("report_refused", detail)
            == "Der Bericht über „Großkunden“ für Oktober 2026 konnte nicht erstellt werden"
        )
        assert sentence("report_refused", detail).startswith("In dieser gespeicherten Liste steht „ich“")
    await browser.log_in(cast.karin)
    assert "Darüber soll jeden Monat ein Bericht entstehen, und das geht nicht." in (await browser.get("/reports")).text


async def test_who_saves_an_old_choice_is_told_what_somebody_else_chose_meanwhile(
    browser: Browser, cast: Cast, team: int
) -> None:
    view = f"segment:{await a_list(cast, team, 'status=customer')}"
    await browser.log_in(cast.karin)
    old = {"shown": f"team:{team} {view}", "seen": ""}
    await choose_scopes({view: True}, by=cast.eva.id, now=AFTER)
    late = await browser.post("/reports/scopes", {**old, f"scope_team:{team}": "1"})
    assert late.status_code == 409
    assert "Inzwischen hat jemand anderes die Auswahl geändert." in late.text
    assert "Jetzt gewählt: Liste „Großkunden“." in late.text
    assert {one.code for one in await scopes() if one.is_automatic} == {view}
    again = {"shown": old["shown"], "seen": view, f"scope_team:{team}": "1", f"scope_{view}": "1"}
    assert (await browser.post("/reports/scopes", again)).status_code == 303
    assert {one.code for one in await scopes() if one.is_automatic} == {view, f"team:{team}"}


async def test_of_two_lists_with_one_name_the_command_asks_for_the_code(cast: Cast, team: int) -> None:
    one = await a_list(cast, team, "status=customer")
    await execute("UPDATE saved_view SET owner = $2 WHERE id = $1", one, cast.petra.id)
    other = await a_list(cast, team, "status=prospect")
    with pytest.raises(RuleBroken, match=f"segment:{one}, segment:{other}"):
        await scope_named("segment:Großkunden")
    with pytest.raises(Refusal, match=f"segment:{one}"):
        await _report(OCTOBER, "de", "segment:Großkunden")
    assert (await scope_named(f"segment:{other}")).code == f"segment:{other}"


async def test_each_scope_has_readers_of_its_own_and_the_mail_names_it(cast: Cast, team: int, paper: list[Job]) -> None:
    scope = await scope_for(f"team:{team}")
    await set_readers({cast.eva.id: "de"}, by=cast.karin.id, now=AFTER, scope=scope)
    await set_readers({cast.karin.id: "de", cast.eva.id: "en"}, by=cast.karin.id, now=AFTER)
    await final(scope.code)
    mails = await fetch("SELECT to_address, subject, text FROM outbox_message WHERE dedupe_key LIKE 'report %'")
    assert [mail.to_address for mail in mails] == [cast.eva.email]
    assert mails[0].subject == "Kontaktpunktbericht Oktober 2026 · Team Küchen Nord"
    assert f"/reports/2026-10?scope=team:{team}" in mails[0].text


async def test_a_manager_chooses_reads_and_corrects_on_the_pages(
    browser: Browser, cast: Cast, team: int, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    code = f"team:{team}"
    listed = await browser.get(f"/reports?scope={code}")
    assert "Team Küchen Nord" in listed.text
    assert int(listed.headers["x-sql-statements"]) <= 8
    asked = await browser.post("/reports", {"month": LAST, "language": "de", "scope": code})
    assert asked.headers["location"] == f"/reports/{LAST}?scope={code}"
    page = await browser.get(f"/reports/{LAST}?scope={code}")
    assert f"/reports/{LAST}/state?scope={code}" in page.text
    assert "Dieser Bericht handelt von" in page.text
    assert int(page.headers["x-sql-statements"]) <= 10
    for run in await fetch("SELECT id FROM report_run WHERE status = 'requested'"):
        await produce_report(run.id, now=datetime.now(UTC))
    pdf = await browser.get(f"/reports/{LAST}/pdf?lang=de&scope={code}")
    assert f"Kontaktpunktbericht-{LAST}-team-kuchen-nord.pdf" in pdf.headers["content-disposition"]
    assert (await browser.get(f"/reports/{LAST}/pdf?lang=de")).status_code == 303
    done = await browser.post(f"/reports/{LAST}/corrections", {"note": "Nachgetragen.", "edition": "1", "scope": code})
    assert done.headers["location"] == f"/reports/{LAST}?done=corrected&scope={code}"
    saved = await browser.post("/reports/scopes", {f"scope_{code}": "1"})
    assert saved.headers["location"] == "/reports?done=scopes"
    assert "checked" in (await browser.get("/reports/scopes")).text
    for path in (
        "/reports?scope=team:999",
        f"/reports/{LAST}?scope=segment:abc",
        f"/reports/{LAST}/pdf?scope=team:{10**25}",
    ):
        assert (await browser.get(path)).status_code == 404, path


async def test_from_a_teams_report_one_comes_to_figures_of_its_customers(
    browser: Browser, cast: Cast, team: int
) -> None:
    await browser.log_in(cast.karin)
    code = f"team:{team}"
    link = f"/dashboard/places?month={LAST}&amp;scope={code}"
    assert link in (await browser.get(f"/reports/{LAST}?scope={code}")).text
    page = await browser.get(link.replace("&amp;", "&"))
    assert page.status_code == 200
    assert "Team Küchen Nord" in page.text
    overview = await browser.get(f"/dashboard?month=2026-10&scope={code}")
    assert "/dashboard/contacts?month=2026-10&amp;scope=team%3A" in overview.text
    assert f'<input type="hidden" name="scope" value="{code}">' in overview.text
    theirs = (await browser.api("GET", f"/figures?month=2026-10&scope={code}")).json()["figures"]
    told = (await browser.api("GET", f"/reports/2026-10?scope={code}")).json()["figures"]
    assert (theirs["contacts"], theirs["satisfaction"]) == (told["contacts"], told["satisfaction"])
    for nobody in ("team:999", "segment:x", "team:0"):
        assert (await browser.get(f"/dashboard?scope={nobody}")).status_code == 404
        assert (await browser.api("GET", f"/figures/places?scope={nobody}")).status_code == 404


async def test_the_api_narrows_reports_and_lists_scopes(
    browser: Browser, cast: Cast, team: int, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    code = f"team:{team}"
    told = (await browser.api("GET", f"/reports/2026-10?scope={code}")).json()
    assert told["figures"]["scope"]["name"] == "Küchen Nord"
    assert told["definitions"]["scope"]
    waiting = await browser.api("GET", f"/reports/2026-10/pdf?scope={code}")
    assert waiting.status_code == 202
    answer = await browser.api("PUT", "/report-scopes", json={"automatic": {code: True}})
    assert {one["code"] for one in answer.json()["items"] if one["is_automatic"]} == {"company", code}
    wrong = await browser.api("PUT", "/report-scopes", json={"automatic": {"team:77777": True}})
    assert wrong.status_code == 422
    body = {"readers": [{"user_id": cast.eva.id, "language": "de"}], "scope": code}
    await browser.api("PUT", "/report-readers", json=body)
    mine = (await browser.api("GET", f"/report-readers?scope={code}")).json()["items"]
    assert [row["user_id"] for row in mine if row["language"]] == [cast.eva.id]
    assert not any(row["language"] for row in (await browser.api("GET", "/report-readers")).json()["items"])


async def test_leads_choose_no_reports(browser: Browser, cast: Cast, team: int) -> None:
    await browser.log_in(cast.eva)
    assert (await browser.post("/reports/scopes", {})).status_code == 403
    assert (await browser.api("PUT", "/report-scopes", json={"automatic": {}})).status_code in (403, 404)
    assert (await browser.get(f"/reports?scope=team:{team}")).status_code == 200


async def test_the_command_takes_a_team_by_its_name(cast: Cast, team: int, paper: list[Job]) -> None:
    assert (await scope_named("team:küchen nord")).code == f"team:{team}"
    assert (await _report(OCTOBER, "de", "team:Küchen Nord")).startswith(b"%PDF")
    with pytest.raises(NotFound):
        await scope_named("team:Süd")


def test_file_names_say_of_whom_a_report_tells() -> None:
    assert file_part("company", "") == ""
    assert file_part("team:7", "Team Süd") == "-team-sud"
    assert file_part("segment:7", "!!") == "-segment-7"
