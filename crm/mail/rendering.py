"""Mails from templates: subject, text and HTML of one message, in the language of its reader."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from crm.settings import Settings
from crm.web.i18n import speaking
from crm.web.render import text


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """What queue_mail takes as `subject`, `text` and `html`."""

    subject: str
    text: str
    html: str


def render_mail(name: str, language: str, /, **context: Any) -> RenderedMail:
    """The mail templates/mail/<name>.{subject.txt,txt,html} with `context`, in the reader's language.

    Text templates stand within {% autoescape false %}; the HTML one extends mail/_frame.html. `link` in the context is
    a path; templates turn paths into addresses with `absolute(path)`.
    """
    with speaking(language):
        context = {"absolute": absolute, **context}
        subject = " ".join(text(f"mail/{name}.subject.txt", **context).split())
        body = text(f"mail/{name}.txt", **context).strip() + "\n"
        return RenderedMail(subject, body, text(f"mail/{name}.html", subject=subject, **context))


def absolute(path: str) -> str:
    """The address of a page as people outside the program reach it (CRM_PUBLIC_URL)."""
    return Settings.from_env(os.environ).public_url + path
