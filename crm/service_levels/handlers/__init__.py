"""Pages of service levels and calendars: what they promise, changing them with a preview, their versions."""

from litestar import Router

from crm.service_levels.handlers import changing, retiring, showing

router = Router("", route_handlers=[*showing.handlers, *changing.handlers, *retiring.handlers])
