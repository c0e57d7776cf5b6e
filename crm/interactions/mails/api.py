"""Mails to customers over JSON."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import NotFound
from crm.interactions.contact import contact_for
from crm.interactions.mails import box_api
from crm.interactions.mails.forms import parse_mail
from crm.interactions.mails.intake import file_logged_mail, receive_mail
from crm.interactions.mails.queries import mail_behind, templates
from crm.interactions.mails.writing import demand_permission, write_mail
from crm.web.forms import Fields
from crm.web.parameters import Id

P = Permission


class MailToWrite(msgspec.Struct, forbid_unknown_fields=True):
    """A mail to an address of a customer (`person_id` null) or of one of its persons. Placeholders are filled; a gap or one
    without a value is refused. `purpose`: correspondence, contract, service or offers, which needs consent."""

    customer_id: Id
    address: str
    subject: str
    text: str
    person_id: Id | None = None
    purpose: str = "correspondence"
    language: str = "de"
    document_ids: list[Id] = []
    touchpoint: str = ""
    follow_up_at: datetime | None = None


class WrittenMail(msgspec.Struct):
    """`id` is the contact that the mail became, `outbox_id` the message in the outbox."""

    id: int
    outbox_id: int


class MailState(msgspec.Struct):
    """What became of a mail. `status`: queued, sending, sent, failed, refused; `text` is that of the mail, signature included."""

    id: int
    outbox_id: int
    status: str
    address: str
    subject: str
    text: str
    error: str
    because: str
    sent_at: datetime | None
    files: list[str]


class Template(msgspec.Struct):
    """A template with its placeholders; a language that it lacks is empty."""

    id: int
    purpose: str
    name_de: str
    name_en: str
    subject_de: str
    subject_en: str
    body_de: str
    body_en: str


@post("/mails", permission=P.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[MailToWrite]) -> Response[bytes]:
    """Send a mail through the gate. 422 with the reason if it may not go out; then nothing leaves."""
    now = datetime.now(UTC)
    fields = Fields({})
    follow_up_at = fields.instant("follow_up_at", data.follow_up_at)
    fields.check()
    typed = {
        "customer_id": data.customer_id, "to": f"{data.person_id or ''} {data.address}", "purpose": data.purpose,
        "language": data.language, "subject": data.subject, "text": data.text, "touchpoint": data.touchpoint,
    }  # fmt: skip
    mail = replace(parse_mail(typed, [str(each) for each in data.document_ids], now), follow_up_at=follow_up_at)
    await demand_permission(mail, by=request.user.id, now=now)

    async def send() -> WrittenMail:
        written = await write_mail(mail, by=request.user.id, now=now)
        return WrittenMail(written.interaction_id, written.outbox_id)

    return await created_once(request, send, now=now)


@get("/mails/{interaction_id:int}", permission=P.INTERACTIONS_VIEW)
async def show(request: StaffRequest, interaction_id: FromPath[int]) -> MailState:
    """What became of the mail that a contact stands for."""
    await contact_for(request.user, interaction_id)
    mail = await mail_behind(interaction_id)
    if mail is None:
        raise NotFound()
    return MailState(
        interaction_id, mail.outbox_id, mail.status, mail.to_address, mail.subject, mail.text, mail.error, mail.because,
        mail.sent_at, [each.name for each in mail.files],
    )  # fmt: skip


@get("/mail-templates", permission=P.INTERACTIONS_LOG)
async def index(request: StaffRequest) -> list[Template]:
    """The templates that are in use, in their order."""
    return [
        Template(
            row.id, row.purpose, row.name_de, row.name_en, row.subject_de, row.subject_en, row.body_de, row.body_en
        )
        for row in await templates()
    ]


class LoggedCopy(msgspec.Struct):
    """A mail that was taken in. `state`: filed, waiting (for its owner to say whose it is), dropped, officer; null: it was there
    before. `id` is null then too."""

    id: int | None
    state: str | None


@post("/mail/logged", permission=P.INTERACTIONS_LOG, status_code=201, request_max_body_size=26_000_000)
async def log_copy(request: StaffRequest) -> LoggedCopy:
    """Log a mail that was written elsewhere: the body is the mail itself (message/rfc822). It belongs to whose log address it names,
    else to the user of the token. The same mail is taken in once."""
    now = datetime.now(UTC)
    mail_id = await receive_mail(await request.body(), owner=request.user.id, now=now)
    state = await file_logged_mail(mail_id, now=now) if mail_id is not None else None
    return LoggedCopy(mail_id, state.value if state is not None else None)


router = Router(
    "/api/v1",
    route_handlers=[create, show, index, log_copy, *box_api.route_handlers],
    include_in_schema=True,
    tags=["mails"],
)
