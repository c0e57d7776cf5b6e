"""Staff are told once, in their language, in the app and by mail."""

from __future__ import annotations

from datetime import UTC, datetime

from crm.database import fetch, fetch_one
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_petra_is_told_of_a_follow_up_in_the_app_and_by_mail(cast: Cast) -> None:
    new = await notify(
        cast.petra.id,
        Kind.REMINDER_DUE,
        detail={"text": "Angebot <b> & Muster", "customer": "Größmann"},
        link="/customers/7",
        now=NOW,
    )

    mail = await fetch_one("SELECT * FROM outbox_message WHERE user_id = $1", cast.petra.id)
    assert new is not None
    assert mail is not None
    assert mail.status == "queued"
    assert mail.subject == "Wiedervorlage: Angebot <b> & Muster"
    assert "Ihre Wiedervorlage für Größmann ist fällig." in mail.text
    assert "/customers/7" in mail.text
    assert "Angebot &lt;b&gt; &amp; Muster" in mail.html


async def test_english_staff_read_english(cast: Cast) -> None:
    cast.petra.language = "en"
    await cast.petra.save()

    await notify(
        cast.petra.id, Kind.REMINDER_DUE, detail={"text": "Offer", "customer": "Smith"}, link="/customers/7", now=NOW
    )

    mail = await fetch_one("SELECT subject, language FROM outbox_message WHERE user_id = $1", cast.petra.id)
    assert mail is not None
    assert (mail.subject, mail.language) == ("Follow-up: Offer", "en")


async def test_the_same_thing_is_told_once(cast: Cast) -> None:
    first = await notify(
        cast.ali.id, Kind.REPORT_READY, detail={"month": "2026-10"}, link="/reports/2026-10", now=NOW, dedupe_key="r"
    )
    again = await notify(
        cast.ali.id, Kind.REPORT_READY, detail={"month": "2026-10"}, link="/reports/2026-10", now=NOW, dedupe_key="r"
    )

    assert first is not None
    assert again is None
    assert len(await fetch("SELECT id FROM outbox_message WHERE user_id = $1", cast.ali.id)) == 1


async def test_who_has_left_is_told_nothing(cast: Cast) -> None:
    cast.ali.deactivated_at = NOW
    await cast.ali.save()

    assert await notify(cast.ali.id, Kind.REPORT_READY, detail={"month": "2026-10"}, link="/reports", now=NOW) is None


async def test_without_mail_only_the_app_tells(cast: Cast) -> None:
    await notify(cast.ali.id, Kind.REPORT_READY, detail={"month": "2026-10"}, link="/reports", now=NOW, mail=False)

    assert await fetch("SELECT id FROM outbox_message WHERE user_id = $1", cast.ali.id) == []
