"""What the figures of departments and products mean, where the report's own definitions don't say it. Shown like those."""

from __future__ import annotations

from crm.reports.definitions import Definition
from crm.web.i18n import N_

PLACE_DEFINITIONS = (
    Definition(
        "place_waits",
        N_("Waiting time"),
        N_(
            "The median of the business time from an enquiry's arrival to its first response and to its solution, of those answered "
            "and solved in the period. Time in which the promise stood still is not counted. Half of the customers waited longer. "
            "The monthly report tells the real time instead, nights and weekends included."
        ),
    ),
    Definition(
        "place_belongs",
        N_("What belongs to a department or a product"),
        N_(
            "To a department: contacts and answers at its touchpoints, and enquiries whose first contact was there, or else those about "
            "one of its products. To a product: enquiries in which it was named, chosen or given as the cause, customers' answers "
            "about these enquiries, and what was noted from them. An enquiry about two products counts for both."
        ),
    ),
    Definition(
        "place_order",
        N_("The worst first"),
        N_(
            "First comes where satisfaction lies below the target, the furthest first (products have no target of their own: 4.0); then "
            "where customers criticise more than they praise. Fewer than five answers or voices decide nothing."
        ),
    ),
    Definition(
        "place_voices",
        N_("What customers said"),
        N_(
            "Points of criticism and praise as staff noted them in the period. Names of customers and colleagues, addresses and "
            "telephone numbers are left out."
        ),
    ),
)
