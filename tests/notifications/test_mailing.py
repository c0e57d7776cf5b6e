"""Mail as each person wishes: at once, gathered, or none; never in quiet times; each notification in one mail at most."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.tables import User
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.notifications import mailing
from crm.notifications.actions import mark_read, notify
from crm.notifications.kinds import Group, Kind
from crm.notifications.mailing import sweep_notification_mails
from crm.notifications.preferences import preference_for, save_preference
from crm.notifications.quiet_times import Preference, Wish
from tests.browser import Browser
from tests.cast import Cast, introduce

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 11, 27, 10, 0, tzinfo=BERLIN).astimezone(UTC)
EVENING = FRIDAY + timedelta(hours=11)
SATURDAY_7 = datetime(2026, 11, 28, 7, 0, tzinfo=BERLIN).astimezone(UTC)
GATHERED = Preference(dict.fromkeys(Group, Wish.DIGEST))


async def tell(user: User, text: str, now: datetime, kind: Kind = Kind.REMINDER_DUE) -> int:
    new = await notify(user.id, kind, detail={"text": text, "customer": "Größmann", "number": 7}, link="/", now=now)
    assert new is not None
    return new


async def mails(user: User) -> list[Row]:
    return await fetch("SELECT subject, text, html, status FROM outbox_message WHERE user_id = $1 ORDER BY id", user.id)


async def wish(user: User, wished: Preference, now: datetime = FRIDAY) -> None:
    await save_preference(user.id, wished, by=user.id, now=now)


async def test_what_comes_in_the_evening_is_mailed_in_the_morning_all_in_one(cast: Cast) -> None:
    for text in ("Erstens", "Zweitens"):
        await tell(cast.petra, text, EVENING)
    await tell(cast.petra, "Anfrage", EVENING, Kind.TICKET_ASSIGNED)
    assert await sweep_notification_mails(now=SATURDAY_7 - timedelta(seconds=1)) == 0
    assert await mails(cast.petra) == []
    assert await sweep_notification_mails(now=SATURDAY_7) == 1
    assert await sweep_notification_mails(now=SATURDAY_7) == 0
    [mail] = await mails(cast.petra)
    assert mail.subject == "3 Benachrichtigungen (Wiedervorlagen: 2, Anfragen: 1)"
    assert mail.status == "queued"
    for words in ("Wiedervorlage: Erstens", "Wiedervorlage: Zweitens", "Größmann wartet auf Ihre Antwort."):
        assert words in mail.text
        assert words in mail.html
    assert "/account/notifications" in mail.text


async def test_one_thing_alone_is_told_as_always(cast: Cast) -> None:
    await tell(cast.petra, "Angebot", EVENING)
    await sweep_notification_mails(now=SATURDAY_7)
    assert [mail.subject for mail in await mails(cast.petra)] == ["Wiedervorlage: Angebot"]


async def test_what_was_read_meanwhile_needs_no_mail(cast: Cast) -> None:
    await wish(cast.petra, GATHERED)
    read = await tell(cast.petra, "Gelesen", FRIDAY)
    await mark_read(read, by=cast.petra.id, now=FRIDAY)
    assert await sweep_notification_mails(now=SATURDAY_7) == 0
    assert await mails(cast.petra) == []
    await tell(cast.petra, "Noch offen", SATURDAY_7 - timedelta(minutes=1))
    assert await sweep_notification_mails(now=SATURDAY_7) == 1
    [mail] = await mails(cast.petra)
    assert "Gelesen" not in mail.text


async def test_whoever_wants_no_mail_gets_none_and_is_told_in_the_app(cast: Cast) -> None:
    await wish(cast.petra, Preference({Group.FOLLOW_UPS: Wish.NONE}))
    await tell(cast.petra, "Still", FRIDAY)
    await tell(cast.petra, "Laut", FRIDAY, Kind.TICKET_ASSIGNED)
    await sweep_notification_mails(now=SATURDAY_7 + timedelta(days=9))
    assert len(await mails(cast.petra)) == 1
    assert await fetch_value('SELECT count(*) FROM notification WHERE "user" = $1', cast.petra.id) == 2


async def test_a_new_wish_holds_for_what_waits(cast: Cast) -> None:
    await wish(cast.petra, GATHERED)
    await tell(cast.petra, "Anruf", FRIDAY)
    await wish(cast.petra, Preference({**GATHERED.wishes}, digest_at=time(15)))
    assert await sweep_notification_mails(now=FRIDAY + timedelta(hours=5) - timedelta(seconds=1)) == 0
    assert await sweep_notification_mails(now=FRIDAY + timedelta(hours=5)) == 1
    await tell(cast.petra, "Brief", FRIDAY + timedelta(hours=6))
    await wish(cast.petra, Preference({Group.FOLLOW_UPS: Wish.NONE}))
    assert await sweep_notification_mails(now=FRIDAY + timedelta(days=3)) == 0


async def test_a_worker_that_comes_back_in_the_night_waits_for_the_morning(cast: Cast) -> None:
    await wish(cast.petra, GATHERED)
    await tell(cast.petra, "Angebot", FRIDAY)
    saturday_night = SATURDAY_7 + timedelta(hours=15)
    assert await sweep_notification_mails(now=saturday_night) == 0
    monday_7 = SATURDAY_7 + timedelta(days=2)
    assert await sweep_notification_mails(now=monday_7 - timedelta(seconds=1)) == 0
    assert await sweep_notification_mails(now=monday_7) == 1


async def test_a_clock_that_jumps_neither_loses_nor_doubles_a_mail(cast: Cast) -> None:
    await wish(cast.petra, GATHERED)
    await tell(cast.petra, "Angebot", FRIDAY)
    ahead, back = SATURDAY_7 + timedelta(hours=2), FRIDAY - timedelta(days=2)
    assert [await sweep_notification_mails(now=at) for at in (back, ahead, back, SATURDAY_7, ahead)] == [0, 1, 0, 0, 0]
    assert len(await mails(cast.petra)) == 1


async def test_who_has_left_is_mailed_nothing(cast: Cast) -> None:
    await tell(cast.petra, "Angebot", EVENING)
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.petra.id, EVENING)
    assert await sweep_notification_mails(now=SATURDAY_7) == 0
    assert await sweep_notification_mails(now=SATURDAY_7) == 0
    assert await mails(cast.petra) == []


async def test_many_are_told_by_their_newest_and_a_number(cast: Cast) -> None:
    for number in range(mailing.MOST_SHOWN + 5):
        await tell(cast.petra, f"Nummer {number:02d}", EVENING)
    await sweep_notification_mails(now=SATURDAY_7)
    [mail] = await mails(cast.petra)
    assert "5 weitere stehen in der Liste." in mail.text
    assert "Nummer 34" in mail.text
    assert "Nummer 04" not in mail.text


async def test_two_workers_write_one_mail(own_database: str) -> None:
    petra = (await introduce()).petra
    for number in range(20):
        await tell(petra, f"Nummer {number}", EVENING)
    assert sum(await asyncio.gather(*(sweep_notification_mails(now=SATURDAY_7) for _worker in range(4)))) == 1
    assert len(await mails(petra)) == 1
    assert await fetch_value("SELECT count(*) FROM notification WHERE mailed_at = $1", SATURDAY_7) == 20


async def test_a_crash_while_the_mail_is_written_leaves_it_to_the_next_sweep(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra = (await introduce()).petra
    await tell(petra, "Angebot", EVENING)

    async def crash(*arguments: object, **keywords: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr("crm.notifications.mailing.queue_mail", crash)
        with pytest.raises(ConnectionResetError):
            await sweep_notification_mails(now=SATURDAY_7)
    assert await sweep_notification_mails(now=SATURDAY_7) == 1
    assert len(await mails(petra)) == 1


async def test_petra_says_on_her_account_how_she_wants_to_be_mailed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert "täglich gesammelt" in (await browser.get("/account/notifications")).text
    form = {
        "follow_ups": "digest", "enquiries": "at_once", "alarms": "at_once", "others": "none", "digest_at": "07:30", "on_days_off": "1",
    }  # fmt: skip
    assert (await browser.post("/account/notifications", form)).status_code == 303
    assert await preference_for(cast.petra.id) == Preference(
        {Group.FOLLOW_UPS: Wish.DIGEST, Group.ENQUIRIES: Wish.AT_ONCE, Group.ALARMS: Wish.AT_ONCE, Group.REST: Wish.NONE},
        time(7, 30), on_days_off=True,
    )  # fmt: skip
    assert (await browser.post("/account/notifications", form)).status_code == 303
    traces = await fetch("SELECT subject_id, actor_id FROM audit_entry WHERE action = 'user.notifications_changed'")
    assert [(row.subject_id, row.actor_id) for row in traces] == [(cast.petra.id, cast.petra.id)]


async def test_all_that_is_wrong_is_said_at_once_and_kept(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    form = {"follow_ups": "digest", "enquiries": "often", "alarms": "none", "others": "none", "digest_at": "22:00"}
    answer = await browser.post("/account/notifications", form)
    assert answer.status_code == 422
    assert "Um diese Zeit ist Nacht" in answer.text
    assert "often" in answer.text
    assert 'value="22:00" selected' in answer.text
    assert await fetch_one('SELECT 1 FROM notification_preference WHERE "user" = $1', cast.petra.id) is None


async def test_the_api_says_and_changes_the_same(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    before = (await browser.api("GET", "/notification-preferences")).json()
    assert (before["follow_ups"], before["digest_at"], before["at_night"]) == ("at_once", "07:00", False)
    answer = await browser.api(
        "PUT", "/notification-preferences", {"follow_ups": "digest", "at_night": True, "digest_at": "05:30"}
    )
    assert answer.status_code == 200
    assert (await browser.api("GET", "/notification-preferences")).json() == {
        **before, "follow_ups": "digest", "at_night": True, "digest_at": "05:30",
    }  # fmt: skip
    wrong = await browser.api("PUT", "/notification-preferences", {"follow_ups": "digest", "digest_at": "5:61"})
    assert wrong.status_code == 422
    assert "digest_at" in wrong.json()["errors"]
