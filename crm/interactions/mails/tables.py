"""What belongs to mails that staff write by hand: templates, who writes, and the mail behind a contact."""

from piccolo.columns import BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.interactions.tables import Interaction


class MailTemplate(Table, tablename="mail_template"):
    """A text to begin with, with placeholders (placeholders.py), in one language or both. `purpose` is the code of the purpose
    at the gate that such a mail usually has. A retired one is not offered any more."""

    id = BigSerial(primary_key=True)
    purpose = Varchar(40)
    name_de = Varchar(120, default="")
    name_en = Varchar(120, default="")
    subject_de = Varchar(300, default="")
    subject_en = Varchar(300, default="")
    body_de = Text(default="")
    body_en = Text(default="")
    position = Integer(default=0)
    changed_at = Timestamptz(default=None, null=True)
    retired_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)


class MailSender(Table, tablename="mail_sender"):
    """How a member of staff signs, per language, and the telephone number (E.164) that they give to customers."""

    id = BigSerial(primary_key=True)
    user = ForeignKey(User, null=False, on_delete=OnDelete.cascade, unique=True)
    phone = Varchar(30, default="")
    signature_de = Text(default="")
    signature_en = Text(default="")


class InteractionMail(Table, tablename="interaction_mail"):
    """The message in the outbox that a contact stands for. `told_at`: when its writer was told that it could not go out."""

    id = BigSerial(primary_key=True)
    interaction = ForeignKey(Interaction, null=False, on_delete=OnDelete.cascade, unique=True)
    outbox_id = BigInt(unique=True)
    told_at = Timestamptz(null=True, default=None)
