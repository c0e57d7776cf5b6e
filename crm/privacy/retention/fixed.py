"""What the program deletes by itself every night, with periods that stand in it: shown beside the rules, so that the officer sees all that
is ever deleted in one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from crm.accounts.housekeeping import ATTEMPTS_KEPT, LINKS_KEPT, SUBMISSIONS_KEPT
from crm.consents.expiring import LINKS_KEPT as CONFIRMATIONS_KEPT
from crm.customers.deleting import RESTORABLE_FOR
from crm.customers.documents import RESTORABLE
from crm.files.actions import UNUSED_KEPT
from crm.improvement.quality.actions import KEPT as REVIEWS_KEPT
from crm.interactions.incoming.receiving import KEPT_ASIDE, KEPT_WAITING
from crm.interactions.incoming.receiving import REMEMBERED as MAILS_REMEMBERED
from crm.interactions.web_forms.sending import REMEMBERED as FORMS_REMEMBERED
from crm.privacy.access.producing import KEPT as COPIES_KEPT
from crm.profiles.scoring import KEPT_MONTHS as SCORES_KEPT
from crm.records.exports import KEPT as EXPORTS_KEPT
from crm.records.imports import KEPT as IMPORTS_KEPT
from crm.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Fixed:
    """One of the program's own periods; None: it ends with something else, as `until` says. `tasks` are those of the worker's timetable."""

    name: str
    what: str
    kept: timedelta | None
    reason: str
    tasks: tuple[str, ...]
    until: str = ""
    months: int = 0


_SHORT = N_("It has done its work (GDPR Art. 5 (1) (e)).")
_SAFETY = N_("Needed for a short while to ward off attacks and repeated submissions (GDPR Art. 32).")
_DECIDE = N_("Somebody has to say where it belongs; whatever nobody needs in that time goes (GDPR Art. 5 (1) (e)).")

FIXED = (
    Fixed(
        N_("Attributes of people and customers"),
        N_("Values whose time is over, whose basis has ended, or whose attribute is not used any more"),
        None,
        N_(
            "The attribute's own period; what rested on a withdrawn consent goes the night after (GDPR Art. 17 (1) (b))."
        ),
        ("forget_attributes",),
        N_("period of the attribute"),
    ),
    Fixed(
        N_("What duties had kept"),
        N_("Records of people who were erased, which the law makes us keep"),
        None,
        N_("HGB § 257, AO § 147 and the other duties to keep."),
        ("end_duties",),
        N_("last day of the duty"),
    ),
    Fixed(
        N_("Consents with a limit in time"),
        N_("Consents run out by an entry in the ledger; links to confirm one are deleted"),
        CONFIRMATIONS_KEPT,
        N_("A consent holds as long as its purpose says."),
        ("expire_consents",),
    ),
    Fixed(
        N_("Mails put aside and spam of forms"),
        N_("Mails and form entries that nobody asked for"),
        KEPT_ASIDE,
        _DECIDE,
        ("forget_settled_mails",),
    ),
    Fixed(
        N_("Mails and form entries that wait"),
        N_("What came in and waits in quarantine"),
        KEPT_WAITING,
        _DECIDE,
        ("forget_settled_mails",),
    ),
    Fixed(
        N_("Raw mails and form entries"),
        N_("The raw content goes when it is filed; that a mail was there is remembered without its content"),
        MAILS_REMEMBERED,
        N_("So that the same mail is not taken in twice."),
        ("forget_settled_mails",),
    ),
    Fixed(
        N_("Traces of web forms"),
        N_("Digests of where entries came from"),
        FORMS_REMEMBERED,
        _SAFETY,
        ("forget_settled_mails",),
    ),
    Fixed(
        N_("Files and rows of imports"),
        N_("Files that were never imported, and the values of rows that were"),
        IMPORTS_KEPT,
        N_("So long an import can be undone."),
        ("forget_imports",),
    ),
    Fixed(
        N_("Files of exports"),
        N_("The file; that it was made and who was in it stays on record"),
        EXPORTS_KEPT,
        _SHORT,
        ("forget_old_exports",),
    ),
    Fixed(
        N_("Copies for people"),
        N_("Files of what people asked for (GDPR Art. 15, 20); that they were handed over stays on record"),
        COPIES_KEPT,
        N_("So long they can be fetched by their link."),
        ("forget_old_copies",),
    ),
    Fixed(
        N_("Deleted documents"),
        N_("Documents that somebody has deleted"),
        RESTORABLE,
        N_("So long a deletion can be taken back."),
        ("forget_deleted_documents",),
    ),
    Fixed(
        N_("Deleted customers"),
        N_("After this a deletion cannot be taken back; the rule for people at deleted customers goes on from there"),
        RESTORABLE_FOR,
        N_("So long a deletion can be taken back."),
        ("end_deletions",),
    ),
    Fixed(
        N_("Files without an owner"),
        N_("Contents of files that no record names any more"),
        UNUSED_KEPT,
        _SHORT,
        ("forget_unused_files",),
    ),
    Fixed(
        N_("Ratings of conversations"),
        N_("What a lead has rated for training"),
        REVIEWS_KEPT,
        _SHORT,
        ("forget_expired",),
    ),
    Fixed(
        N_("Earlier scores"),
        N_("The history of scores"),
        None,
        _SHORT,
        ("request_nightly_scores",),
        months=SCORES_KEPT,
    ),
    Fixed(
        N_("Access log"),
        N_("Who opened, searched and exported personal data"),
        None,
        N_("So long it can be traced who looked and why (GDPR Art. 5 (2), 32)."),
        ("forget_access",),
        N_("period set by the officer with the access log"),
    ),
    Fixed(N_("Attempts to log in"), N_("Account and network address"), ATTEMPTS_KEPT, _SAFETY, ("forget_expired",)),
    Fixed(N_("One-time links"), N_("Links that were used or have run out"), LINKS_KEPT, _SAFETY, ("forget_expired",)),
    Fixed(
        N_("Repeated submissions"),
        N_("What is remembered of forms sent"),
        SUBMISSIONS_KEPT,
        _SAFETY,
        ("forget_expired",),
    ),
    Fixed(
        N_("Sessions"),
        N_("Log-ins of staff with device and network address"),
        None,
        _SAFETY,
        ("forget_expired",),
        N_("end of the session"),
    ),
)
