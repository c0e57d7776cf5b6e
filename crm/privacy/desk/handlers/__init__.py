"""The pages of this package. Each module here names its own in a list `route_handlers`; new ones are found by themselves."""

from __future__ import annotations

import sys

from litestar import Router

from crm.web.routing import handlers_in

router = Router("", route_handlers=handlers_in(sys.modules[__name__]))
