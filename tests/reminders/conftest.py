"""A customer of Petra's."""

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from tests.cast import LONG_AGO, Cast


@pytest.fixture
async def kitchen(cast: Cast) -> int:
    """Größmann Küchen GmbH, owned by Petra."""
    return await create_organisation(OrganisationData(name="Größmann Küchen GmbH"), by=cast.petra.id, now=LONG_AGO)
