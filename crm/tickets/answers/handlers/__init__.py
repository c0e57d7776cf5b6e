"""Pages of approved answers: the catalogue, level 0, what suits an enquiry, the public FAQ page, and the way to a person."""

import sys

from litestar import Router

from crm.web.routing import handlers_in

router = Router("", route_handlers=handlers_in(sys.modules[__name__]))
