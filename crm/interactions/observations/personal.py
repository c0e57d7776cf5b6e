"""What observations know about people: where they wrote about us."""

from crm.personal import VALUE, Declared, Erase, each
from crm.web.i18n import N_

PERSONAL = (Declared("observation", each(VALUE, "source link"), erase=Erase.BLANK, heading=N_("Observations")),)
