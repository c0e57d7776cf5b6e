"""The API of this package. Each module here names its calls in a list `route_handlers`; new ones are found by themselves."""

from __future__ import annotations

import sys

from litestar import Router

from crm.web.routing import handlers_in

router = Router("/api/v1", route_handlers=handlers_in(sys.modules[__name__]), include_in_schema=True)
