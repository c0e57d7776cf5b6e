"""Pages of enquiries: the queues, a new enquiry, the ticket page and what is done on it, what agents can do."""

from litestar import Router

from crm.tickets.handlers import (
    competences,
    following,
    forwards,
    latitudes,
    lists,
    opening,
    orders,
    products,
    saying,
    showing,
    text_blocks,
    together,
    topic_catalogue,
    topic_rules,
    views,
    working,
)

router = Router(
    "",
    route_handlers=[
        *lists.handlers, *views.handlers, *opening.handlers, *showing.handlers, *saying.handlers, *working.handlers, *orders.handlers,
        *products.handlers,
        *competences.handlers, *together.handlers, *following.handlers, *latitudes.handlers, *topic_rules.handlers,
        *topic_catalogue.handlers,
        *text_blocks.handlers,
        *forwards.handlers,
    ],
)  # fmt: skip
