"""The foot of every advertising mail: a line with the link to the preference page, and the headers by which mail programs offer to
unsubscribe with one click (RFC 2369, RFC 8058). It is put on when the mail leaves, so that no sender can forget it; UWG § 7 (3) no. 4
asks for it with each use of the address."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from crm.consents.preference_links import Way, make_link
from crm.database import Row, fetch_one
from crm.mail.message import Foot
from crm.mail.rendering import RenderedMail, absolute
from crm.web.i18n import speaking
from crm.web.render import text as rendered


async def foot_for(message: Row, now: datetime) -> Foot:
    """The foot of this message (a row of the outbox), in its language, with links that are its addressee's."""
    purpose = await _purpose(message.purpose)
    path = await make_link(
        message.person_id, message.to_address, way=Way.MAILED, purpose_id=purpose.id if purpose else 0, now=now
    )
    page, unsubscribe = absolute(path), absolute(f"{path}/unsubscribe")
    headers = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    with speaking(message.language):
        return Foot(
            headers, _drawn("txt", purpose, page, unsubscribe) + "\n", _drawn("html", purpose, page, unsubscribe)
        )


async def as_read(mail: RenderedMail, purpose: str, language: str, *, is_advertising: bool) -> RenderedMail:
    """A mail as its reader gets it, for previews and tests: with the foot, if it is advertising. Its links lead nowhere, since a
    reader's own are made when the mail leaves."""
    if not is_advertising:
        return mail
    row, page = await _purpose(purpose), absolute("/preferences/…")
    with speaking(language):
        foot = Foot({}, _drawn("txt", row, page, f"{page}/unsubscribe") + "\n", _drawn("html", row, "#", "#"))
    return replace(mail, text=foot.below(mail.text), html=foot.below_html(mail.html))


async def _purpose(code: str) -> Row | None:
    return await fetch_one("SELECT id, name_de, name_en FROM purpose WHERE code = $1", code)


def _drawn(kind: str, purpose: Row | None, page: str, unsubscribe: str) -> str:
    return rendered(f"mail/_unsubscribe.{kind}", page=page, unsubscribe=unsubscribe, purpose=purpose).strip()
