"""What lies in the archive, in words, for whoever opens it."""

from __future__ import annotations

from crm.privacy.access.gathering import Gathered
from crm.privacy.access.paper import Cover
from crm.web.formats import exact, num
from crm.web.i18n import _


def readme(cover: Cover, found: Gathered) -> str:
    """The text file of the archive, in the language of the moment."""
    lines = [
        _("Copy of the personal data about %(name)s") % {"name": cover.name},
        _("%(company)s, as of %(moment)s") % {"company": cover.letterhead.name, "moment": exact(cover.made_at)},
        "",
        _("%(file)s: all data that are stored, by kind, with what the law has us tell (GDPR Art. 15).")
        % {"file": _("everything") + ".json"},
        _("%(file)s: what was provided by yourself, for another provider (GDPR Art. 20).") % {"file": _("provided-by-you") + ".json"},
        _("%(folder)s: %(n)s files: documents, and attachments of e-mails. The data say which entry they belong to.")
        % {"folder": _("files") + "/", "n": num(len(found.files))},
        "",
        _("The same is told in a PDF that reads well. JSON is a text format that programs read."),
        _("Members of staff are named by their role, other people are not named (GDPR Art. 15 (4))."),
    ]  # fmt: skip
    if cover.reasons:
        lines += [
            "",
            _("Blacked out (█████), since it would harm others:"),
            *(f"- {reason}" for reason in cover.reasons),
        ]
    return "\n".join(lines) + "\n"
