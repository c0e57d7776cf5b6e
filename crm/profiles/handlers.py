"""The pages of attributes and scores, gathered from their modules."""

from __future__ import annotations

from litestar import Router

from crm.profiles import catalogue_pages, score_pages, value_pages

router = Router(
    "", route_handlers=[*catalogue_pages.route_handlers, *value_pages.route_handlers, *score_pages.route_handlers]
)
