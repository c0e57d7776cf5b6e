"""Users: inviting, changing, and what happens to the work of someone who leaves."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.actions import issue_api_token
from crm.accounts.changing import change_user, deactivate_user
from crm.accounts.passwords import hash_password
from crm.accounts.tables import User
from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.reminders.actions import set_reminder
from crm.reminders.handover import deactivate_with_handover
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import Cast, hire

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NEW = {
    "name": "Nora Weiß",
    "email": "Nora@kuechen.example",
    "role": "agent",
    "team": "",
    "language": "de",
    "submission_id": "one",
}


async def set_up_mail() -> None:
    await execute("UPDATE company SET smtp_host = 'mail.kuechen.example', mail_from = 'crm@kuechen.example'")


async def test_ines_invites_nora_who_chooses_a_password(browser: Browser, cast: Cast) -> None:
    await set_up_mail()
    await browser.log_in(cast.ines)
    answer = await browser.post("/users", NEW)
    nora = await User.objects().where(User.email == "nora@kuechen.example").first()
    assert nora is not None
    assert answer.headers["location"] == f"/users/{nora.id}?done=invited"
    mail = await fetch_one("SELECT subject, text, to_name FROM outbox_message WHERE user_id = $1", nora.id)
    assert mail is not None
    assert "Ines Brandt hat für Sie einen Zugang zum CRM eingerichtet." in mail.text
    path = re.search(r"/password/new/[\w-]+", mail.text)
    assert path
    assert "Willkommen, Nora Weiß" in (await browser.get(path[0])).text
    done = await browser.post(path[0], {"password": "Neun Enten schwimmen", "repeated": "Neun Enten schwimmen"})
    assert done.status_code == 303
    await browser.post("/logout")
    assert (
        await browser.post("/login", {"email": "nora@kuechen.example", "password": "Neun Enten schwimmen"})
    ).status_code == 303


async def test_a_double_click_invites_once(browser: Browser, cast: Cast) -> None:
    await set_up_mail()
    await browser.log_in(cast.ines)
    first, second = [await browser.post("/users", NEW) for _n in range(2)]
    assert first.headers["location"] == second.headers["location"]
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 1


async def test_without_a_mail_server_the_administrator_gets_the_link(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post("/users", NEW)
    assert answer.status_code == 200
    path = re.search(r"/password/new/[\w-]+", answer.text)
    assert path
    assert (await browser.get(path[0])).status_code == 200
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_all_mistakes_of_an_invitation_are_told_at_once(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post(
        "/users", {**NEW, "name": "", "email": "keine", "role": "king", "team": "99999999999999999999"}
    )
    assert answer.status_code == 422
    assert [f'id="f-{name}-error"' in answer.text for name in ("name", "email", "role", "team")] == [True] * 4
    taken = await browser.post("/users", {**NEW, "email": "PETRA@kuechen.example"})
    assert taken.status_code == 422
    assert "Mit dieser Adresse gibt es schon jemanden." in taken.text
    assert 'value="Nora Weiß"' in taken.text


async def test_a_new_role_takes_effect_with_the_next_click(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get("/audit")).status_code == 404
    await change_user(cast.petra.id, {"role": "dpo"}, 1, by=cast.ines.id, now=NOW)
    assert (await browser.get("/audit")).status_code == 200


async def test_two_administrators_do_not_overwrite_each_other(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    form = {
        "name": "Petra Lang-Roth",
        "email": "petra@kuechen.example",
        "role": "sales",
        "language": "de",
        "version": "1",
    }
    assert (await browser.post(f"/users/{cast.petra.id}", form)).status_code == 303
    late = await browser.post(f"/users/{cast.petra.id}", {**form, "name": "Petra Lang-Demir"})
    assert late.status_code == 409
    assert "Petra Lang-Roth" in late.text
    assert 'value="Petra Lang-Demir"' in late.text
    assert 'name="version" value="2"' in late.text
    with pytest.raises(Conflict):
        await change_user(cast.petra.id, {"name": "X"}, 1, by=cast.ines.id, now=NOW)


async def test_an_address_belongs_to_one_user(cast: Cast) -> None:
    with pytest.raises(Invalid) as error:
        await change_user(cast.petra.id, {"email": "ali@kuechen.example"}, 1, by=cast.ines.id, now=NOW)
    assert list(error.value.errors) == ["email"]


async def test_the_last_administrator_stays_one(cast: Cast) -> None:
    other = await hire("Udo Stein", "administrator")  # type: ignore[arg-type]
    with pytest.raises(RuleBroken):  # Udo has no password yet: he could not let anybody in
        await change_user(cast.ines.id, {"role": "sales"}, 1, by=cast.ines.id, now=NOW)
    with pytest.raises(RuleBroken):
        await deactivate_user(cast.ines.id, by=other.id, now=NOW)
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", other.id, await hash_password("Der Hund bellt laut")
    )
    await deactivate_user(cast.ines.id, by=other.id, now=NOW)


async def test_nobody_deactivates_themselves(cast: Cast) -> None:
    with pytest.raises(RuleBroken):
        await deactivate_user(cast.ines.id, by=cast.ines.id, now=NOW)


async def test_the_work_of_someone_who_leaves_goes_to_a_colleague(browser: Browser, cast: Cast) -> None:
    data = OrganisationData("Größmann GmbH", "", "", MasterData(service_level="gold"))
    theirs = await create_organisation(data, by=cast.ali.id, now=NOW)
    stood_in = await create_organisation(OrganisationData("Kranz KG", "", "", MasterData()), by=cast.jonas.id, now=NOW)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", theirs, cast.ali.id)
    await execute("UPDATE customer SET owner = $2, deputy = $3 WHERE id = $1", stood_in, cast.jonas.id, cast.ali.id)
    ticket = (await open_ticket(NewTicket(theirs, "Lieferung fehlt", ""), by=cast.petra.id, now=NOW)).id
    await execute("UPDATE ticket SET assignee = $2 WHERE id = $1", ticket, cast.ali.id)
    reminder = await set_reminder(
        user_id=cast.ali.id, customer_id=theirs, text="Anrufen", due_at=NOW + timedelta(days=1), by=cast.ali.id, now=NOW
    )
    await execute("UPDATE reminder SET delivered_at = $2 WHERE id = $1", reminder, NOW)

    await browser.log_in(cast.ines)
    page = await browser.get(f"/users/{cast.ali.id}/deactivation")
    assert "Wer übernimmt?" in page.text
    assert "Karin Vogt" not in page.text  # a manager does not answer enquiries
    missing = await browser.post(f"/users/{cast.ali.id}/deactivation", {})
    assert missing.status_code == 422
    done = await browser.post(f"/users/{cast.ali.id}/deactivation", {"colleague": str(cast.jonas.id)})
    assert done.headers["location"] == f"/users/{cast.ali.id}?done=deactivated"

    row = await fetch_one(
        "SELECT (SELECT owner FROM customer WHERE id = $1) AS owner, (SELECT deputy FROM customer WHERE id = $2) AS deputy, "
        '(SELECT assignee FROM ticket WHERE id = $3) AS assignee, (SELECT "user" FROM reminder WHERE id = $4) AS reminded, '
        "(SELECT delivered_at FROM reminder WHERE id = $4) AS delivered_at",
        theirs, stood_in, ticket, reminder,
    )  # fmt: skip
    assert row is not None
    assert (row.owner, row.assignee, row.reminded, row.delivered_at) == (
        cast.jonas.id,
        cast.jonas.id,
        cast.jonas.id,
        None,
    )
    assert row.deputy is None  # Jonas is the owner of Kranz himself
    why = await fetch_one(
        "SELECT occasion, by_id, assignee_id FROM routing_decision WHERE ticket = $1 ORDER BY id DESC LIMIT 1", ticket
    )
    assert why is not None
    assert tuple(why) == ("by_hand", cast.ines.id, cast.jonas.id)
    told = await fetch_value(
        "SELECT detail::text FROM timeline_entry WHERE customer = $1 AND kind = 'change' ORDER BY id DESC LIMIT 1",
        theirs,
    )
    assert "Jonas Beck" in told
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'customer.handed_over'") == 2


async def test_sessions_and_tokens_end_with_the_access_and_can_come_back(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    token = await issue_api_token(cast.petra.id, "Telefonanlage", by=cast.petra.id, now=NOW)
    await deactivate_with_handover(cast.petra.id, None, by=cast.ines.id, now=NOW)
    assert (await browser.get("/account")).status_code == 303
    assert await fetch_value("SELECT count(*) FROM api_token WHERE revoked_at IS NULL") == 0
    assert token
    await browser.log_in(cast.ines)
    page = await browser.get(f"/users/{cast.petra.id}")
    assert "Zugang wieder öffnen" in page.text
    await browser.post(f"/users/{cast.petra.id}/reactivation")
    assert await fetch_value("SELECT deactivated_at FROM staff WHERE id = $1", cast.petra.id) is None


async def test_a_refused_hand_over_changes_nothing(own_database: str) -> None:
    from tests.cast import introduce

    cast = await introduce()
    theirs = await create_organisation(OrganisationData("Größmann GmbH", "", "", MasterData()), by=cast.ali.id, now=NOW)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", theirs, cast.ali.id)
    for colleague in (None, cast.ali.id, 2**62):
        with pytest.raises(Invalid):
            await deactivate_with_handover(cast.ali.id, colleague, by=cast.ines.id, now=NOW)
    assert await fetch_value("SELECT deactivated_at FROM staff WHERE id = $1", cast.ali.id) is None


async def test_teams_are_added_and_only_empty_ones_removed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    await browser.post("/teams", {"team_name": "Innendienst"})
    assert (await browser.post("/teams", {"team_name": "Innendienst"})).status_code == 422
    team = await fetch_value("SELECT id FROM team WHERE name = 'Innendienst'")
    await change_user(cast.petra.id, {"team": team}, 1, by=cast.ines.id, now=NOW)
    assert (await browser.post(f"/teams/{team}/removal")).status_code == 422
    await change_user(cast.petra.id, {"team": None}, 2, by=cast.ines.id, now=NOW)
    assert (await browser.post(f"/teams/{team}/removal")).status_code == 303
