"""The foot of every advertising mail: a line with the link to the preference page, and the headers by which mail programs offer to
unsubscribe with one click (RFC 2369, RFC 8058). It is put on when the mail leaves, so that no sender can forget it; UWG § 7 (3) no. 4
asks for it with each use of the address."""

from __future__ import annotations

from datetime import datetime

from crm.consents.preference_links import Way, make_link
from crm.database import Row, fetch_one
from crm.mail.message import Foot
from crm.mail.rendering import absolute
from crm.web.i18n import speaking
from crm.web.render import text as rendered


async def foot_for(message: Row, now: datetime) -> Foot:
    """The foot of this message (a row of the outbox), in its language, with links that are its addressee's."""
    purpose = await fetch_one("SELECT id, name_de, name_en FROM purpose WHERE code = $1", message.purpose)
    path = await make_link(
        message.person_id, message.to_address, way=Way.MAILED, purpose_id=purpose.id if purpose else 0, now=now
    )
    page, unsubscribe = absolute(path), absolute(f"{path}/unsubscribe")
    with speaking(message.language):
        words = {"page": page, "unsubscribe": unsubscribe, "purpose": purpose}
        text, html = (rendered(f"mail/_unsubscribe.{kind}", **words).strip() for kind in ("txt", "html"))
    headers = {"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Foot(headers, text + "\n", html)
