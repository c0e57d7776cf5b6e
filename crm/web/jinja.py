"""Jinja2's own machinery, made quicker where a page spends its time: writing values, calls, attributes, macros. Messages are put into
the compiled templates (crm.web.messages)."""

from __future__ import annotations

import re
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, nodes
from jinja2.compiler import CodeGenerator, Frame, generate
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from markupsafe import Markup, escape

from crm.database import Row
from crm.web import i18n
from crm.web.formats import num
from crm.web.messages import Said, is_fixed, put_in

_needs_escaping = re.compile("[&<>'\"]").search
_IN_PYTHON = {"_": "message", "ngettext": "counted"}
_IN_PLAIN_TEXT = {"_": "plain_message", "ngettext": "plain_counted"}
"""Names in templates that are functions of this module: in pages, and where escaping is off."""
_WITH_CONTEXT = frozenset({"gettext", "pgettext", "npgettext"})
"""Jinja2's own functions, which want the context of the template."""


def written(value: object) -> str:
    """What `{{ value }}` puts into a page: as markupsafe's escape, but without wrapping each piece in a Markup only to join
    it with the others."""
    if type(value) is str:
        return escape(value) if _needs_escaping(value) else value
    return value if type(value) is Markup else escape(value)


def attribute(thing: Any, name: str) -> Any:
    """`{{ thing.name }}`: the attribute, else the item, else an error once it is used, as jinja2 has it. Rows and dictionaries, which
    most pages are made from, are asked for the item first."""
    kind = type(thing)
    if kind is Row or (issubclass(kind, dict) and not hasattr(kind, name)):
        try:
            return thing[name]
        except KeyError:
            pass
    try:
        return getattr(thing, name)
    except AttributeError:
        pass
    try:
        return thing[name]
    except (TypeError, LookupError, AttributeError):
        return StrictUndefined(obj=thing, name=name)


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


def plain_message(text: str, /, **values: Any) -> str:
    """As `message`, where escaping is off: in the plain text of a mail O'Neil & Co is written as it is."""
    return i18n._(text) % values


def plain_counted(singular: str, plural: str, n: int, /, **values: Any) -> str:
    """As `counted`, where escaping is off."""
    return i18n.ngettext(singular, plural, n) % {"num": num(n), **values}


class _Writer(CodeGenerator):
    """Compiles `{{ value }}` to a call of `written`, `a.b` to one of `attribute`, and calls to calls: jinja2 makes them by way of the
    context, for functions that want it, and no function of ours does."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self.writeline("from crm.web.jinja import attribute, counted, message, plain_counted, plain_message, written")
        self.writeline("said = environment.said")
        super().visit_Template(node, frame)

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.autoescape and not frame.eval_ctx.volatile:
            self.write("written(")
        else:
            super()._output_child_pre(node, frame, finalize)

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:
        self.write("attribute(")
        self.visit(node.node, frame)
        self.write(f", {node.attr!r})")

    def visit_Call(self, node: nodes.Call, frame: Frame, forward_caller: bool = False) -> None:
        called = node.node.name if isinstance(node.node, nodes.Name) else ""
        if (
            called in _WITH_CONTEXT
            or node.dyn_args
            or node.dyn_kwargs
            or any(iskeyword(each.key) for each in node.kwargs)
        ):
            super().visit_Call(node, frame, forward_caller=forward_caller)
            return
        if called == "_" and self.environment.said is not None and is_fixed(node):  # type: ignore[attr-defined]
            self.write("said[")
            self.visit(node.args[0], frame)
            self.write("]")
            return
        if called in _IN_PYTHON:
            self.write((_IN_PYTHON if frame.eval_ctx.autoescape else _IN_PLAIN_TEXT)[called])
        else:
            self.visit(node.node, frame)
        self.write("(")
        for argument in (*node.args, *node.kwargs):
            self.visit(argument, frame)
            self.write(", ")
        self.write("caller=caller)" if forward_caller else ")")


class _Template(Template):
    """No template here has globals of its own, so that the macros of a module are made once; comparing the globals at each
    import costs more than most macros."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        if self._module is None:
            self._module = self.make_module()
        return self._module


class QuickEnvironment(Environment):
    """An environment for pages: escaping is on, unknown names are errors. Behaves as jinja2's. With `said`, its templates are compiled
    for that language and must be rendered in it."""

    code_generator_class = _Writer
    template_class = _Template
    said: Said | None = None

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        if self.said is not None:
            put_in(source, self.said)
        return generate(source, self, name, filename, defer_init=defer_init, optimized=self.optimized) or ""

    def getattr(self, obj: Any, attribute_: str) -> Any:
        """As jinja2's, where it looks for one itself (`|attr`)."""
        return attribute(obj, attribute_)
