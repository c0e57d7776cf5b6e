"""What people call kinds and sizes of files."""

from __future__ import annotations

from crm.web.formats import num
from crm.web.i18n import N_, _

_NAMES = {
    "application/pdf": N_("PDF"), "application/zip": N_("ZIP archive"), "application/json": N_("JSON data"),
    "image/svg+xml": N_("SVG drawing"), "text/html": N_("Web page"), "text/xml": N_("XML data"), "text/plain": N_("Text"),
    "text/csv": N_("CSV table"), "text/vcard": N_("vCard"), "text/calendar": N_("Calendar entry"),
    "message/rfc822": N_("E-mail"), "application/vnd.ms-outlook": N_("E-mail"), "image/png": N_("Picture (PNG)"),
    "image/jpeg": N_("Picture (JPEG)"), "image/webp": N_("Picture (WebP)"), "image/gif": N_("Picture (GIF)"),
}  # fmt: skip
_PARTS = (
    ("wordprocessing", N_("Word document")), ("msword", N_("Word document")), ("ms-word", N_("Word document with macros")),
    ("excel.sheet.macro", N_("Excel workbook with macros")), ("spreadsheetml", N_("Excel workbook")),
    ("ms-excel", N_("Excel workbook")), ("powerpoint", N_("Presentation")), ("presentation", N_("Presentation")),
    ("opendocument.text", N_("Text document")), ("opendocument.spreadsheet", N_("Spreadsheet")),
    ("image/", N_("Picture")), ("audio/", N_("Sound")), ("video/", N_("Film")),
)  # fmt: skip


def type_name(media_type: str) -> str:
    """The kind of file in a word: "PDF", "Excel workbook", "Picture"."""
    if media_type in _NAMES:
        return _(_NAMES[media_type])
    return next((_(name) for part, name in _PARTS if part in media_type), _("File"))


def size_text(size: int) -> str:
    """ "834 bytes", "12 KB", "3.4 MB" (in thousands, as file managers count)."""
    if size < 1000:
        return _("%(n)s bytes") % {"n": size}
    if size < 1_000_000:
        return f"{num(round(size / 1000))} KB"
    return f"{num(size / 1_000_000, 0 if size % 1_000_000 == 0 else 1)} MB"
