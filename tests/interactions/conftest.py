"""A customer to talk to."""

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import fetch_value
from tests.cast import LONG_AGO, Cast


@pytest.fixture
async def kitchen(cast: Cast) -> int:
    """Größmann Küchen GmbH, owned by Petra."""
    return await create_organisation(OrganisationData(name="Größmann Küchen GmbH"), by=cast.petra.id, now=LONG_AGO)


async def contact_due(customer_id: int) -> object:
    return await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", customer_id)
