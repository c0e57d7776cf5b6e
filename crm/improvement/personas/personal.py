"""What personas know about people: nothing; they are typical customers, made up by staff."""

from crm.personal import NOTE, Declared, each
from crm.web.i18n import N_

PERSONAL = (
    Declared(
        "persona",
        each(NOTE, "name role goals everyday problems benefit information context triggers"),
        heading=N_("Personas"),
    ),
)
