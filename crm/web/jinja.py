"""Jinja2's own machinery, made quicker at the three places where a page spends its time: writing values, messages, macros."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from jinja2 import Environment, Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

from crm.database import Row
from crm.web import i18n
from crm.web.formats import num

_needs_escaping = re.compile("[&<>'\"]").search


def written(value: object) -> str:
    """What `{{ value }}` puts into a page: as markupsafe's escape, but without wrapping each piece in a Markup only to join
    it with the others."""
    if type(value) is str:
        return escape(value) if _needs_escaping(value) else value
    return value if type(value) is Markup else escape(value)


@lru_cache(maxsize=4096)
def _without_values(message: str) -> Markup:
    return Markup(message) % {}  # noqa: S704  # our own translations, not what people typed


def message(text: str, /, **values: Any) -> Markup:
    """`_("...")` in a template: the message in the language of the moment, with its values escaped."""
    found = i18n._(text)
    return Markup(found) % values if values else _without_values(found)  # noqa: S704  # as above; values are escaped


def counted(singular: str, plural: str, n: int, /, **values: Any) -> Markup:
    """`ngettext(...)` in a template: the message that fits the number, which is written as people write it (25.086)."""
    return Markup(i18n.ngettext(singular, plural, n)) % {"num": num(n), **values}  # noqa: S704  # as above


class _Writer(CodeGenerator):
    """Compiles `{{ value }}` to a call of `written`."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline("from crm.web.jinja import written")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("written(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Template(Template):
    """No template here has globals of its own, so that the macros of a module are made once; comparing the globals at each
    import costs more than most macros."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._module is None:
            self._module = self.make_module()
        return self._module


class QuickEnvironment(Environment):
    """An environment for pages: escaping is on. Behaves as jinja2's."""

    code_generator_class = _Writer
    template_class = _Template

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As jinja2's; a row's columns are read without looking for an attribute first."""
        if type(obj) is Row:
            try:
                return obj[attribute]
            except KeyError:
                pass
        return super().getattr(obj, attribute)
