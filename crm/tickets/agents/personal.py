"""What the tables of agents know about people: settings of staff, and which enquiries were passed on."""

from crm.personal import CODE, STAFF, Declared, each
from crm.tickets.personal import OF_TICKET
from crm.web.i18n import N_

PERSONAL = (
    Declared("agent_profile", each(STAFF, "languages channels")),
    Declared("agent_hours"),
    Declared("competence"),
    Declared(
        "latitude", each(CODE, "name_de name_en limit_1_de limit_1_en limit_2_de limit_2_en limit_3_de limit_3_en")
    ),
    Declared("stand_in", about=OF_TICKET, heading=N_("Enquiries passed on in an absence")),
)
