"""What the rules for topics know about people: senders that somebody named, and the words by which a topic was suggested."""

from crm.personal import CODE, NOTE, Declared, Erase, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_

PERSONAL = (
    Declared("topic_rule", each(CODE, "name form") | each(NOTE, "words senders"), heading=N_("Rules for topics")),
    Declared(
        "topic_suggestion",
        each(CODE, "rule_name") | each(NOTE, "matched"),
        about=OF_TICKET,
        erase=Erase.BLANK,
        heading=N_("Suggested topics"),
    ),
)
