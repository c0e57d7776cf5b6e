"""The words of the preference page: addressed to the person, short, without terms of art where there is a word for everybody."""

from __future__ import annotations

from crm.consents.ledger import Status
from crm.consents.tables import PROCESSING
from crm.privacy.preferences.showing import Cell
from crm.web.formats import short_date
from crm.web.i18n import N_, _

DONE = {
    "refused": N_("That is noted. You will get no more of it."),
    "all": N_("All your consents are taken back."),
    "objected": N_("You will get no more advertising from us."),
    "agreed": N_("Thank you. Your consent is noted; you can take it back here at any time."),
    "waits": N_("Thank you. Please confirm it by the link in the e-mail that we have just sent you."),
    "language": N_("From now on we write to you in this language."),
    "asked": N_("Your request has reached our data protection officer. You get an answer within one month."),
}
REQUESTS = {
    "access": N_("Tell me what you have stored about me, with a copy"),
    "rectification": N_("Correct my data"),
    "erasure": N_("Delete my data"),
    "portability": N_("Give me my data as a file for another company"),
    "restriction": N_("Do not use my data for the time being (restriction)"),
    "objection": N_("Stop using my data for a reason of my own (objection)"),
}
WAYS = {
    "email": N_("By e-mail"),
    "phone": N_("By phone"),
    "letter": N_("By letter"),
    PROCESSING: N_("Keeping and evaluating data"),
}


def way(channel: str) -> str:
    return _(WAYS[channel]) if channel in WAYS else channel


def what_holds(cell: Cell) -> str:
    """What holds for a purpose on one channel, said to the person."""
    since = short_date(cell.state.since) if cell.state.since else ""
    match cell.state.status:
        case Status.GIVEN if cell.state.mailbox:
            return _("You agreed on %(since)s, confirmed for %(mailbox)s.") % {
                "since": since,
                "mailbox": cell.state.mailbox,
            }
        case Status.GIVEN:
            return _("You agreed on %(since)s.") % {"since": since}
        case Status.PENDING if cell.state.mailbox:
            return _("You agreed on %(since)s for %(mailbox)s, not yet for this address.") % {
                "since": since, "mailbox": cell.state.mailbox,
            }  # fmt: skip
        case Status.PENDING:
            return _("You agreed on %(since)s; you have not confirmed it yet.") % {"since": since}
        case Status.REFUSED | Status.WITHDRAWN | Status.OBJECTED:
            return _("You said no on %(since)s.") % {"since": since}
    if cell.decision.basis == "existing_customer":
        return _("You get this as our customer, until you object.")
    if cell.decision.allowed:
        return _("We may do this until you object.")
    if cell.state.status == Status.EXPIRED:
        return _("Your consent ended on %(since)s.") % {"since": since}
    return _("You have not agreed, so nothing happens.")
