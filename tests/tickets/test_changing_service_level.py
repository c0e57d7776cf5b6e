"""A customer with a new service level: the promises of the open enquiries follow."""

from crm.database import fetch_one
from tests.browser import Browser
from tests.cast import Cast


async def test_gold_from_now_on_means_the_open_enquiry_is_due_earlier(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    made = await browser.api("POST", "/customers", {"kind": "organisation", "name": "Größmann Küchen GmbH"})
    customer = made.json()["id"]
    ticket = (
        await browser.api("POST", "/tickets", {"customer_id": customer, "subject": "Frage", "text": "Wann?"})
    ).json()
    changed = await browser.api("PATCH", f"/customers/{customer}", {"service_level": "gold"})
    assert changed.status_code == 200, changed.text
    row = await fetch_one(
        "SELECT k.solution_due_at, k.solution_min, s.code FROM ticket k JOIN service_level s ON s.id = k.service_level WHERE k.id = $1",
        ticket["id"],
    )
    assert row is not None
    assert (row.code, row.solution_min) == ("gold", 8 * 60)
    assert row.solution_due_at.isoformat() < ticket["solution_due_at"].replace("Z", "+00:00")
