"""Names of files as people gave them: kept readable, without what could lead astray."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from anyascii import anyascii

from crm.web.i18n import _

LONGEST_NAME = 200
LONGEST_SUFFIX = 12

_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""What Windows refuses in a name."""
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Control characters, marks that turn the direction of reading (a "gpj.exe" that reads "exe.jpg"), broken halves."""
_JOINER = "\u200d"
"""Holds the parts of an emoji together."""


def clean_name(raw: str) -> str:
    """The name without folders, invisible characters and what file systems refuse; at most 200 characters, its suffix
    kept. A name of which nothing is left is called "document"."""
    name = unicodedata.normalize("NFC", raw.encode("utf-8", "replace").decode("utf-8")).replace("\\", "/")
    name = name.rpartition("/")[2].translate(_FORBIDDEN)
    name = "".join(each for each in name if each == _JOINER or unicodedata.category(each) not in _INVISIBLE)
    name = " ".join(name.split()).strip(". ")
    return shortened(name) or _("document")


def shortened(name: str) -> str:
    """The name, its middle cut out where it is too long."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, suffix = split_suffix(name)
    return stem[: LONGEST_NAME - len(suffix) - 1].rstrip(". ") + "…" + suffix


def split_suffix(name: str) -> tuple[str, str]:
    """ "Vertrag.pdf" -> "Vertrag", ".pdf"; what is too long or has blanks in it is no suffix."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or not suffix or len(suffix) > LONGEST_SUFFIX or not suffix.isalnum():
        return name, ""
    return stem, dot + suffix


def disposition(name: str, *, inline: bool = False) -> str:
    """The header Content-Disposition (RFC 6266): the name in ASCII for old programs, and as it is for all others."""
    plain = "".join(each if each.isalnum() or each in " ._-()" else "_" for each in anyascii(name)).strip() or "file"
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain[:LONGEST_NAME]}\"; filename*=UTF-8''{quote(name, safe='')}"
