"""The parameter `scope` of addresses about reports; within the program `scope` is a word of the web server's own."""

from __future__ import annotations

from typing import Annotated

from litestar.params import QueryParameter

ScopeCode = Annotated[
    str, QueryParameter(name="scope", description="company (the default), team:7, or segment:12 for a saved list that a team shares")
]  # fmt: skip
