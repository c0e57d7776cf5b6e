"""What every printed page has in common: letterhead, typeface, the line at the foot. The style is templates/reports/_print.css."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from markupsafe import Markup

from crm.accounts.company import company
from crm.files.queries import file_named
from crm.web.colours import PETROL
from crm.web.fonts import faces_in_print
from crm.web.i18n import _

_AT_THE_FOOT = 60
"""So many letters of the company's name stand at the foot of each page."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The company as it stands on the first page; the logo may be missing."""

    name: str
    logo: bytes = b""
    logo_type: str = ""
    colour: str = PETROL


async def our_letterhead() -> Letterhead:
    """The company's own, from its settings."""
    about = await company()
    if not about.logo_hash:
        return Letterhead(about.name, colour=about.report_colour)
    logo = await file_named(about.logo_hash)
    return Letterhead(about.name, logo.content, logo.media_type, about.report_colour)


def frame(letterhead: Letterhead, title: str, note: str = "") -> dict[str, object]:
    """What the templates of printed pages need beside their content, in the language of the moment; `note` stands at the foot."""
    name = (
        letterhead.name if len(letterhead.name) <= _AT_THE_FOOT else letterhead.name[: _AT_THE_FOOT - 1].rstrip() + "…"
    )
    parts = [name, title, note]
    start, _total, end = _("Page %(page)s of %(pages)s").partition("%(page)s")
    return {
        "title": f"{title} · {letterhead.name}" if letterhead.name else title,
        "company": letterhead.name,
        "logo": _data_address(letterhead),
        "faces": faces_in_print(),
        "footer": css_text(" · ".join(part for part in parts if part)),
        "page_of": css_text(start),
        "page_of_total": css_text(end.partition("%(pages)s")[0]),
    }


def css_text(content: str) -> Markup:
    """The inside of a CSS string: everything but plain letters and digits as an escape (CSS Syntax 3, 4.3.7)."""
    escaped = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in content)
    return Markup("").join(Markup(one) for one in escaped)  # noqa: S704 - nothing but letters, digits and escapes


def _data_address(letterhead: Letterhead) -> str:
    if not letterhead.logo:
        return ""
    return f"data:{letterhead.logo_type};base64,{base64.b64encode(letterhead.logo).decode()}"
