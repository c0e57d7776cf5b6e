"""Users and teams, for administrators: invite, change, deactivate with hand-over, let in again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.actions import add_user
from crm.accounts.changing import add_team, change_user, reactivate_user, remove_team
from crm.accounts.company import company_for_mail
from crm.accounts.current import StaffRequest
from crm.accounts.forms import UserForm
from crm.accounts.handlers.passwords import mail_link
from crm.accounts.links import Link, LinkKind, make_link
from crm.accounts.permissions import Permission, Role
from crm.accounts.queries import teams, user_named, users
from crm.accounts.second_factor import turn_off_second_factor
from crm.accounts.submissions import form_once
from crm.accounts.words import role_name
from crm.database import transaction
from crm.errors import Conflict, Invalid, RuleBroken
from crm.improvement.measures.queries import measures_in_hands_of
from crm.mail.rendering import absolute
from crm.reminders.handover import colleagues_of, deactivate_with_handover, responsibilities_of
from crm.touchpoints.catalogue.queries import tended_by
from crm.touchpoints.guides.queries import guides_of
from crm.web.forms import Fields
from crm.web.i18n import N_
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "invited": N_("The mail with the link is on its way."),
    "saved": N_("Saved."),
    "deactivated": N_("The user can no longer log in."),
    "reactivated": N_("The user can log in again."),
    "factor": N_("Two-factor log-in is off for this user. They are logged out everywhere."),
    "team": N_("Saved."),
}


def _roles() -> list[tuple[str, str]]:
    return [(role.value, role_name(role)) for role in Role]


async def _can_mail() -> bool:
    """Whether an invitation would leave the house; otherwise the administrator hands the link over by hand."""
    row = await company_for_mail()
    return bool(row.smtp_host and row.mail_from)


async def _list_page(
    request: StaffRequest,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    values: dict[str, Any] | None = None,
) -> Response[str]:
    return await page(
        request, "accounts/users.html", status=status, users=await users(), teams=await teams(), role_name=role_name,
        errors=errors or {}, values=values or {}, flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/users", permission=P.USERS_MANAGE)
async def show_users(request: StaffRequest) -> Response[str]:
    return await _list_page(request)


async def _invite_page(
    request: StaffRequest,
    *,
    status: int = 200,
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    return await page(
        request,
        "accounts/invite.html",
        status=status,
        values=values or {},
        errors=errors or {},
        roles=_roles(),
        teams=await teams(),
    )


@get("/users/new", permission=P.USERS_MANAGE)
async def show_invite(request: StaffRequest) -> Response[str]:
    return await _invite_page(request)


@post("/users", permission=P.USERS_MANAGE, status_code=303)
async def invite_user(request: StaffRequest) -> Response[Any]:
    """Add the user and write the invitation to the outbox, in one transaction."""
    body, now = dict(await request.form()), datetime.now(UTC)
    can_mail = await _can_mail()
    made: list[Link] = []
    try:
        form = UserForm.parse(body)

        async def invite() -> str:
            user_id = await add_user(
                email=form.email,
                name=form.name,
                role=form.role,
                language=form.language,
                team_id=form.team,
                by=request.user.id,
                now=now,
            )
            made.append(await _send_link(user_id, LinkKind.INVITATION, request, can_mail=can_mail, now=now))
            return f"/users/{user_id}?done=invited"

        where = await form_once(request, Fields(body).text("submission_id"), invite, now=now)
    except Invalid as error:
        return await _invite_page(request, status=422, values=body, errors=error.errors)
    return await _after_invitation(request, made, can_mail=can_mail, where=where)


async def _send_link(user_id: int, kind: LinkKind, request: StaffRequest, *, can_mail: bool, now: datetime) -> Link:
    async with transaction():
        link = await make_link(user_id, kind, by=request.user.id, now=now)
        if can_mail:
            await mail_link(link, by=request.user.id, by_name=request.user.name, now=now)
    return link


async def _after_invitation(request: StaffRequest, made: list[Link], *, can_mail: bool, where: str) -> Response[Any]:
    if can_mail or not made:
        return see_other(request, where)
    link = made[0]
    return await page(
        request, "accounts/invitation_link.html", link=link, address=absolute(f"/password/new/{link.token}")
    )


@post("/users/{user_id:int}/invitation", permission=P.USERS_MANAGE, status_code=303)
async def invite_again(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    """The invitation once more; for someone who has a password already, a link for a new one."""
    kind = LinkKind.PASSWORD if (await user_named(user_id)).has_password else LinkKind.INVITATION
    can_mail = await _can_mail()
    link = await _send_link(user_id, kind, request, can_mail=can_mail, now=datetime.now(UTC))
    return await _after_invitation(request, [link], can_mail=can_mail, where=f"/users/{user_id}?done=invited")


async def _user_page(
    request: StaffRequest, user_id: int, *, status: int = 200, values: dict[str, Any] | None = None, errors: dict[str, str] | None = None,
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    person = await user_named(user_id)
    return await page(
        request, "accounts/user.html", status=status, person=person, values={**person, **(values or {})}, errors=errors or {},
        conflict=conflict, roles=_roles(), role_name=role_name, teams=await teams(), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/users/{user_id:int}", permission=P.USERS_MANAGE)
async def show_user(request: StaffRequest, user_id: FromPath[int]) -> Response[str]:
    return await _user_page(request, user_id)


@post("/users/{user_id:int}", permission=P.USERS_MANAGE, status_code=303)
async def save_user(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    body = dict(await request.form())
    try:
        form = UserForm.parse(body)
        await change_user(user_id, form.changes, form.version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _user_page(request, user_id, status=422, values=body, errors=error.errors)
    except RuleBroken as error:
        return await _user_page(request, user_id, status=422, values=body, errors={"role": error.sentence})
    except Conflict as conflict:
        return await _user_page(
            request, user_id, status=409, values=body | {"version": conflict.version}, conflict=conflict
        )
    return see_other(request, f"/users/{user_id}?done=saved")


async def _deactivation_page(
    request: StaffRequest, user_id: int, *, status: int = 200, chosen: str = "", errors: dict[str, str] | None = None
) -> Response[str]:
    person, held = await user_named(user_id), await responsibilities_of(user_id)
    return await page(
        request, "accounts/deactivate.html", status=status, person=person, open=held,
        colleagues=await colleagues_of(user_id, for_tickets=held.tickets > 0), chosen=chosen, errors=errors or {},
        tended=await tended_by(user_id), measures=await measures_in_hands_of(user_id), guides=await guides_of(user_id),
    )  # fmt: skip


@get("/users/{user_id:int}/deactivation", permission=P.USERS_MANAGE)
async def show_deactivation(request: StaffRequest, user_id: FromPath[int]) -> Response[str]:
    return await _deactivation_page(request, user_id)


@post("/users/{user_id:int}/deactivation", permission=P.USERS_MANAGE, status_code=303)
async def deactivate(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        colleague = fields.reference("colleague")
        fields.check()
        await deactivate_with_handover(user_id, colleague, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _deactivation_page(
            request, user_id, status=422, chosen=fields.text("colleague"), errors=error.errors
        )
    except RuleBroken as error:
        return await _deactivation_page(
            request, user_id, status=422, chosen=fields.text("colleague"), errors={"": error.sentence}
        )
    return see_other(request, f"/users/{user_id}?done=deactivated")


@post("/users/{user_id:int}/reactivation", permission=P.USERS_MANAGE, status_code=303)
async def reactivate(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    await reactivate_user(user_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/users/{user_id}?done=reactivated")


@post("/users/{user_id:int}/two-factor-reset", permission=P.USERS_MANAGE, status_code=303)
async def reset_second_factor(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    await turn_off_second_factor(user_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/users/{user_id}?done=factor")


@post("/teams", permission=P.USERS_MANAGE, status_code=303)
async def create_team(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    name = fields.text("team_name", required=True, limit=120)
    try:
        fields.check()
        await add_team(name, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _list_page(request, status=422, errors=error.errors, values=error.values)
    return see_other(request, "/users?done=team#teams")


@post("/teams/{team_id:int}/removal", permission=P.USERS_MANAGE, status_code=303)
async def delete_team(request: StaffRequest, team_id: FromPath[int]) -> Response[Any]:
    await remove_team(team_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/users?done=team#teams")


handlers = [
    show_users, show_invite, invite_user, invite_again, show_user, save_user, show_deactivation, deactivate, reactivate,
    reset_second_factor, create_team, delete_team,
]  # fmt: skip
