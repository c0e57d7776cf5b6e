"""What becomes of a planned hand-over when somebody leaves, and what the API says of a colleague who cannot stand in."""

from __future__ import annotations

from datetime import timedelta

from crm.database import fetch_value
from crm.reminders.handover import deactivate_with_handover
from crm.reminders.portfolio_handover import plan_handover
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers, customers

__all__ = ["customers"]


async def test_a_hand_over_from_somebody_who_leaves_is_only_noted(cast: Cast, customers: Customers) -> None:
    """Their customers have gone to whoever takes over now, and the colleague of the plan could well have taken them."""
    plan = await plan_handover(cast.petra.id, cast.jonas.id, NOW.date() + timedelta(days=5), by=cast.eva.id, now=NOW)
    await deactivate_with_handover(cast.petra.id, cast.ali.id, by=cast.ines.id, now=NOW)
    assert await fetch_value("SELECT owner FROM customer WHERE id = $1", customers.groessmann) == cast.ali.id
    assert await fetch_value("SELECT cancelled_at FROM portfolio_handover WHERE id = $1", plan) == NOW
    assert not await fetch_value("SELECT count(*) FROM notification WHERE kind = 'handover_refused'")
    noted = "SELECT count(*) FROM audit_entry WHERE action = 'portfolio.called_off' AND subject_id = $1"
    assert await fetch_value(noted, cast.petra.id) == 1


async def test_who_cannot_stand_in_is_refused_beside_the_name_that_was_sent(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    for dry_run in (True, False):
        body = {"deputy_id": cast.karin.id, "dry_run": dry_run}
        answer = await browser.api("PUT", "/portfolio/deputies", body)
        assert (answer.status_code, set(answer.json()["errors"])) == (422, {"deputy_id"})
