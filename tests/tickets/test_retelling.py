"""Why an enquiry went to whom, told in lines of text, and replayed."""

import pytest

from crm.database import execute
from crm.errors import NotFound
from crm.tickets.assigning import assign_ticket
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.retelling import told_decisions
from tests.tickets.conftest import NOW, Desk


async def test_each_decision_is_told_with_its_candidates_and_replayed(desk: Desk) -> None:
    data = NewTicket(desk.emre, "Frage", "Wann haben Sie offen?")
    opened = await open_ticket(data, by=desk.cast.ali.id, now=NOW)
    await assign_ticket(opened.id, desk.cast.mia.id, by=desk.cast.eva.id, now=NOW)
    lines = await told_decisions(opened.id)
    assert lines[0] == f"#{opened.id} Frage"
    assert sum(line.startswith(("  Ali Demir:", "  Jonas Beck:", "  Mia Roth:")) for line in lines) == 3
    assert "Nachgerechnet: Dieselben Tatsachen ergeben dieselbe Person." in lines
    assert lines[-1] == "Von Hand zugeteilt durch Eva Kern."


async def test_a_decision_that_would_fall_otherwise_today_is_said(desk: Desk) -> None:
    opened = await open_ticket(NewTicket(desk.emre, "Frage", "x"), by=desk.cast.ali.id, now=NOW)
    await execute("UPDATE routing_decision SET decision = jsonb_set(decision, '{assignee_id}', $2::jsonb) WHERE ticket = $1",
        opened.id, str(desk.cast.mia.id))  # fmt: skip
    assert "ergeben heute jemand anderen" in (await told_decisions(opened.id))[-1]


async def test_an_unknown_number_is_said(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await told_decisions(999_999)
