"""What API calls have in common in their addresses and bodies: ids, and how many items a list answers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from crm.database import HIGHEST_ID
from crm.errors import Invalid
from crm.web.i18n import _

Id = Annotated[int, msgspec.Meta(ge=1, le=HIGHEST_ID)]
"""The id of a record, in a body."""

Limit = Annotated[int, QueryParameter(ge=1, le=500, description="1 to 500 items")]


def demand_ids(**ids: int | None) -> None:
    """Raises Invalid, by name, for ids in an address that no record can have."""
    sentence = _("Please enter a whole number from %(low)s to %(high)s.") % {"low": 1, "high": HIGHEST_ID}
    if wrong := {name: sentence for name, value in ids.items() if value is not None and not 0 < value <= HIGHEST_ID}:
        raise Invalid(wrong)
