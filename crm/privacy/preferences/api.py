"""The link to a person's preference page over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Router, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.consents.preference_links import VALID_FOR
from crm.customers.queries import person_for
from crm.mail.rendering import absolute
from crm.privacy.preferences.asking import preference_link_for


class PreferenceLink(msgspec.Struct):
    """The page opens until then; to say no the link is good for ever."""

    url: str
    opens_until: datetime


@post("/persons/{person_id:int}/preference-links", permission=Permission.CONSENTS_RECORD, status_code=201)
async def make_preference_link(request: StaffRequest, person_id: FromPath[int]) -> PreferenceLink:
    """Make a link for this person, to hand on. What they agree to by e-mail over it has to be confirmed by a mail."""
    now = datetime.now(UTC)
    person = await person_for(request.user, person_id)
    path = await preference_link_for(person, by=request.user.id, now=now)
    return PreferenceLink(absolute(path), now + VALID_FOR)


router = Router("/api/v1", route_handlers=[make_preference_link], include_in_schema=True, tags=["consents"])
