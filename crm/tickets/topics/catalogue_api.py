"""The catalogue of topics over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.interactions.topic_retiring import retire_topic
from crm.tickets.queries import topics
from crm.tickets.topics.keeping import TopicData, add_topic, change_topic, topic_for
from crm.web.parameters import Id


class TopicIn(msgspec.Struct):
    """`level` is what an enquiry about it needs, `first_contact_level` the least for a first contact; both 1 to 3."""

    name_de: str
    name_en: str = ""
    level: int = 1
    first_contact_level: int = 1


class TopicOut(TopicIn, kw_only=True):
    id: int
    code: str
    retired_at: datetime | None


class TopicRetirement(msgspec.Struct):
    """What takes its place (the id), needed where it is in use."""

    replacement_id: Id | None = None


def _out(row: Row) -> TopicOut:
    return TopicOut(**{name: row[name] for name in TopicOut.__struct_fields__})


@get("/topics", permission=Permission.TICKETS_VIEW)
async def index(request: StaffRequest) -> list[TopicOut]:
    """All topics in their order, retired ones at the end."""
    return [_out(row) for row in await topics(with_retired=True)]


@post("/topics", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[TopicIn]) -> Response[bytes]:
    """Add a topic."""
    now, new = datetime.now(UTC), TopicData.parse(msgspec.structs.asdict(data))

    async def do() -> TopicOut:
        return _out(await topic_for(await add_topic(new, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@put("/topics/{topic_id:int}", permission=Permission.CATALOGUES_EDIT)
async def change(request: StaffRequest, topic_id: FromPath[int], data: JSONBody[TopicIn]) -> TopicOut:
    """Give it other names or levels."""
    new = TopicData.parse(msgspec.structs.asdict(data))
    await change_topic(topic_id, new, by=request.user.id, now=datetime.now(UTC))
    return _out(await topic_for(topic_id))


@post("/topics/{topic_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def retire(request: StaffRequest, topic_id: FromPath[int], data: JSONBody[TopicRetirement]) -> TopicOut:
    """Offer it no more: open tickets and whatever names it take the replacement."""
    await retire_topic(topic_id, data.replacement_id, by=request.user.id, now=datetime.now(UTC))
    return _out(await topic_for(topic_id))


route_handlers = [index, create, change, retire]
