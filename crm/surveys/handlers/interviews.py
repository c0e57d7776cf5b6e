"""Interviews about touchpoints: the notes, and the form for the next one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid
from crm.surveys import queries, words
from crm.surveys.interviews import delete_note, interview_notes, note_interview, note_of
from crm.surveys.tables import Audience
from crm.web.formats import local
from crm.web.i18n import N_, language, word
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {"noted": N_("The note is kept. What else was said?"), "deleted": N_("The note is deleted.")}


@get("/interviews", permission=P.SURVEYS_VIEW)
async def list_interviews(
    request: StaffRequest, touchpoint: FromQuery[str] = "", speaker: FromQuery[str] = "", cursor: FromQuery[str] = ""
) -> Response[str]:
    """What was said, the newest first, of all touchpoints or one."""
    chosen = {
        "touchpoint": touchpoint.replace("\x00", "")[:40],
        "speaker": speaker if speaker in list(Audience) else "",
    }
    values = {
        "said_on": f"{local(datetime.now(UTC)):%Y-%m-%d}",
        "touchpoint": chosen["touchpoint"],
        "speaker": "customers",
    }
    return await _page(request, values, {}, chosen, cursor)


@post("/interviews", permission=P.INTERACTIONS_LOG, status_code=303)
async def note(request: StaffRequest) -> Response[Any]:
    now, values = datetime.now(UTC), dict(await request.form())

    async def do() -> str:
        data = note_of(values)
        await note_interview(data, by=request.user.id, now=now)
        return f"/interviews?{urlencode({'touchpoint': data.touchpoint, 'done': 'noted'})}"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", "")), do, now=now))
    except Invalid as error:
        return await _page(request, values, error.errors, {"touchpoint": "", "speaker": ""}, "")


@post("/interviews/{note_id:int}/deletion", permission=P.SURVEYS_EDIT, status_code=303)
async def delete(request: StaffRequest, note_id: FromPath[int]) -> Response[Any]:
    await delete_note(note_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/interviews?done=deleted")


async def _page(
    request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str], chosen: Mapping[str, str], cursor: str
) -> Response[str]:
    rows, more = await interview_notes(chosen["touchpoint"], chosen["speaker"], cursor or None, language.get())
    return await page(
        request, "surveys/interviews.html", status=422 if errors else 200, rows=rows, values=values, errors=errors, chosen=chosen,
        more=f"/interviews?{urlencode({**chosen, 'cursor': more})}" if more else "", words=words, word=word,
        touchpoints=await queries.touchpoint_options(language.get()), flashes=flashes(request, DONE),
        audiences=[(str(one), word(words.AUDIENCES, one)) for one in words.AUDIENCES],
    )  # fmt: skip


handlers = [list_interviews, note, delete]
