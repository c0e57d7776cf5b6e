"""What copies for people know about them: where they were sent, and what others must not be told."""

from crm.personal import CODE, DERIVED, NOTE, VALUE, Declared, Duty, Erase, Tells, audited, each
from crm.web.i18n import N_

_OF_REQUEST = "t.request IN (SELECT r.id FROM data_request r WHERE r.person = ANY($1) OR r.customer = ANY($2))"

PERSONAL = (
    Declared(
        "access_copy",
        each(CODE, "language status") | each(VALUE, "sent_to") | each(NOTE, "handed_how"),
        about=_OF_REQUEST,
        erase=Erase.BLANK,
        keep=Duty.PROOF,
        since="coalesce(t.finished_at, t.requested_at)",
        tells=(audited("access_copy"), Tells("access_file", "t.copy"), Tells("outbox_message", "t.id", "t.outbox_id")),
        heading=N_("Copies of the data for the person"),
    ),
    Declared(
        "access_file",
        each(CODE, "kind media_type name") | each(DERIVED, "sha256"),  # a copy does not hold the copies of before
        erase=Erase.DELETE,
        files=("sha256",),
        heading=N_("Files of such copies"),
    ),
    Declared(
        "blacked_out",
        each(CODE, "kind place") | each(NOTE, "value reason"),
        about=_OF_REQUEST,
        copy_if="false",  # that is what it is for
        erase=Erase.DELETE,
        heading=N_("Passages that were blacked out"),
    ),
)
