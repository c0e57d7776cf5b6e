"""What enquiries know about people: what somebody asked, what was answered, and who else took part."""

from crm.customers.personal import WHOSE
from crm.personal import (
    CODE,
    DERIVED,
    NOTE,
    STAFF,
    VALUE,
    Declared,
    Duty,
    Erase,
    Tells,
    audited,
    each,
    linked,
)
from crm.web.i18n import N_

TICKETS = "SELECT k.id FROM ticket k WHERE k.person = ANY($1) OR k.customer = ANY($2)"
"""The enquiries of these people and customers."""

OF_TICKET = f"t.ticket IN ({TICKETS})"
"""With a column for the enquiry."""

OF_A_COMPANY = "EXISTS (SELECT FROM ticket k JOIN customer c ON c.id = k.customer AND c.kind = 'organisation' WHERE k.id = t.{ticket})"
"""With a column for the enquiry: what a company asked stays its own, whoever of its people wrote it."""

ABOUT_AN_ORDER = "EXISTS (SELECT FROM ticket_order o WHERE o.ticket = t.ticket AND o.refused_at IS NULL)"
"""What is written about a deal is a commercial letter; what was asked without one is not."""

PERSONAL = (
    Declared("topic", each(CODE, "code name_de name_en")),
    Declared(
        "ticket",
        each(NOTE, "subject") | each(CODE, "kind priority channel status language"),
        about=WHOSE,
        erase=Erase.BLANK,
        blacken_if=OF_A_COMPANY.format(ticket="id"),
        keep=Duty.COMMERCIAL_LETTER,
        keep_if="EXISTS (SELECT FROM ticket_order o WHERE o.ticket = t.id AND o.refused_at IS NULL)",
        since="coalesce(t.closed_at, t.solved_at, t.opened_at)",
        tells=(audited("ticket"), *linked("/tickets/")),
        heading=N_("Enquiries"),
    ),
    Declared(
        "ticket_message",
        each(NOTE, "text quoted") | each(VALUE, "sender") | each(CODE, "kind channel") | each(DERIVED, "mail_id"),
        about=(
            "t.person_id = ANY($1) OR t.person_id IS NULL AND lower(t.sender) = ANY($3) "
            "OR t.ticket IN (SELECT k.id FROM ticket k WHERE k.customer = ANY($2)) "
            f"OR t.person_id IS NULL AND {OF_TICKET}"
        ),
        erase=Erase.BLANK,
        blacken_if=OF_A_COMPANY.format(ticket="ticket"),
        keep=Duty.COMMERCIAL_LETTER,
        keep_if=f"t.kind IN ('inbound', 'reply', 'forward', 'outside') AND {ABOUT_AN_ORDER}",
        since="t.at",
        tells=(
            Tells("outbox_message", "t.id", "t.outbox_id"),
            Tells("message_recipient", "t.message"),
            Tells("message_document", "t.message"),
        ),
        heading=N_("Messages in enquiries"),
    ),
    Declared(
        "message_recipient",
        each(VALUE, "name address"),
        about="lower(t.address) = ANY($3)",
        erase=Erase.DELETE,
        heading=N_("Recipients of messages"),
    ),
    Declared("message_document", erase=Erase.DELETE, heading=N_("Files of messages")),
    Declared("ticket_pause", each(CODE, "status"), about=OF_TICKET, heading=N_("Times in which an enquiry waited")),
    Declared(
        "escalation",
        each(NOTE, "tried") | each(CODE, "promise"),
        about=OF_TICKET,
        erase=Erase.BLANK,
        blacken_if=OF_A_COMPANY.format(ticket="ticket"),
        heading=N_("Enquiries given to another level"),
    ),
    Declared("closure", each(CODE, "cause"), about=OF_TICKET, heading=N_("Enquiries settled")),
    Declared(
        "routing_decision",  # the facts are those of agents: presence, load, levels
        each(CODE, "occasion") | each(STAFF, "facts decision"),
        about=OF_TICKET,
        heading=N_("Assignments of enquiries"),
    ),
    Declared("ticket_view", each(NOTE, "name query"), heading=N_("Saved views")),
    Declared(
        "status_page",
        each(VALUE, "address") | each(CODE, "language told"),
        about=(
            f"lower(t.address) = ANY($3) OR {OF_TICKET} "
            "OR t.customer_order IN (SELECT o.id FROM customer_order o WHERE o.customer = ANY($2))"
        ),
        erase=Erase.DELETE,
        heading=N_("Status pages"),
    ),
)
