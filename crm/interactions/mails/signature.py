"""How staff sign their mails, and the texts around what they wrote: pure rules."""

from __future__ import annotations

from dataclasses import dataclass

from crm.mail.rendering import RenderedMail, render_mail


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: their name, and what they have said about themselves."""

    name: str
    email: str
    phone: str = ""
    signature_de: str = ""
    signature_en: str = ""

    def signature(self, language: str) -> str:
        """Their own, or the usual one."""
        own = self.signature_de if language == "de" else self.signature_en
        return own.strip() or usual_signature(self.name, language)


def usual_signature(name: str, language: str) -> str:
    """For whoever has written none."""
    return f"{'Mit freundlichen Grüßen' if language == 'de' else 'Kind regards'}\n\n{name}"


def letter(subject: str, text: str, language: str, *, signature: str, imprint: str) -> RenderedMail:
    """The mail as it goes out: what was written, the signature, and the company's imprint below (in Germany a business
    mail must name the company, GmbHG § 35a, HGB § 37a)."""
    return render_mail(
        "letter", language, subject_line=subject, body=text, signature=signature, imprint=imprint.strip()
    )
