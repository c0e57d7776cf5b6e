"""What was typed into a form of the website, as it is kept until it is filed, and as the message that it is. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.files.sniffing import media_type_of
from crm.interactions.web_forms.tables import FormKind
from crm.mail.headers import Address
from crm.mail.parse import Attachment, Message
from crm.web.formats import phone
from crm.web.i18n import _, speaking


class EntryFile(msgspec.Struct, frozen=True):
    """A file that came along."""

    name: str
    content: bytes


class Entry(msgspec.Struct, frozen=True):
    """A form as it was sent. Nobody has shown that name, address, number or customer number are theirs. `title` is the form's
    heading, `form` its code, `suspicion` a code of the rules in guarding.py; `left_out` names files that were sent along with what looked
    like spam, and were not kept; `from_at` and `until_at` say when somebody can be reached."""

    kind: FormKind
    title: str
    language: str
    email: str = ""
    phone: str = ""
    name: str = ""
    company: str = ""
    customer_number: str = ""
    order_number: str = ""
    subject: str = ""
    text: str = ""
    topic: str = ""
    form: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    suspicion: str = ""
    files: list[EntryFile] = []
    left_out: list[str] = []

    @property
    def said(self) -> str:
        """The text, with what was typed beside it: an order that is named here is found as one in a mail is."""
        with speaking(self.language):
            beside = [
                (_("Order number"), self.order_number), (_("Customer number"), self.customer_number),
                (_("Company"), self.company), (_("Name"), self.name), (_("E-mail address"), self.email),
                (_("Phone"), phone(self.phone)),
            ]  # fmt: skip
            if self.left_out:
                beside.append((_("Files that were sent along and not kept"), ", ".join(self.left_out)))
            lines = "\n".join(f"{label}: {value}" for label, value in beside if value)
        return f"{self.text}\n\n{lines}".strip()


def packed(entry: Entry) -> bytes:
    return msgspec.json.encode(entry)


def unpacked(content: bytes) -> Entry:
    """As it was packed, its address in small letters, as those of mails are: what is known of an address is asked so."""
    entry = msgspec.json.decode(content, type=Entry)
    return msgspec.structs.replace(entry, email=entry.email.lower())


def message_of(entry: Entry) -> Message:
    """The entry as the pages of incoming mails read it."""
    files = tuple(Attachment(one.name, media_type_of(one.content, one.name), one.content) for one in entry.files)
    return Message(
        message_id="", in_reply_to="", references=(), date=None, sender=Address(entry.name, entry.email), reply_to=(), to=(), cc=(),
        subject=entry.subject or entry.title, text=entry.said, quoted="", html="", attachments=files, is_auto_reply=False,
        is_bounce=False, is_list=False, language=entry.language,
    )  # fmt: skip
