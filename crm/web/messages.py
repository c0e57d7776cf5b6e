"""Puts the messages of one language into templates while they are compiled: what a page says is then part of its text, and only the
values are written anew each time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from crm.web import i18n

_PLACES = re.compile(r"%(?:\((\w+)\)s|(%)|)")


class Said(dict[str, Markup]):
    """The messages without values of one language that stand in templates, each translated when it is first said."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.catalogue = i18n.catalogue(language)

    def __missing__(self, message: str) -> Markup:
        self[message] = text = Markup(self.catalogue.gettext(message)) % {}  # noqa: S704  # our own translations
        return text


def is_fixed(call: nodes.Call) -> bool:
    """Whether `_(...)` says a message of the template itself, without values: what `Said` keeps."""
    return len(call.args) == 1 and not call.kwargs and isinstance(call.args[0], nodes.Const)


def put_in(template: nodes.Template, said: Said) -> None:
    """Replaces `{{ _("...", name=value) }}` (and `pgettext`) by the translated text with the value in its place."""
    _PutIn(said).visit(template)


class _PutIn(NodeTransformer):
    def __init__(self, said: Said) -> None:
        self.said = said

    def visit_Output(self, node: nodes.Output) -> nodes.Output:
        self.generic_visit(node)
        node.nodes = [piece for child in node.nodes for piece in self._pieces(child)]
        return node

    def _pieces(self, child: nodes.Expr) -> list[nodes.Expr]:
        if (
            not (isinstance(child, nodes.Call) and isinstance(child.node, nodes.Name))
            or child.dyn_args
            or child.dyn_kwargs
        ):
            return [child]
        words = [each.value for each in child.args if isinstance(each, nodes.Const)]
        if (child.node.name, len(child.args), len(words)) not in (("_", 1, 1), ("pgettext", 2, 2)):
            return [child]
        text = self.said.catalogue.gettext(*words) if len(words) == 1 else str(self.said.catalogue.pgettext(*words))
        try:
            return list(self._spread(text, {each.key: each.value for each in child.kwargs}, child.lineno))
        except KeyError:  # another kind of place, or a value that nobody gives: said when the page is written
            return [child]

    def _spread(self, text: str, values: dict[str, nodes.Expr], lineno: int) -> Iterator[nodes.Expr]:
        end = 0
        for place in _PLACES.finditer(text):
            yield nodes.TemplateData(text[end : place.start()], lineno=lineno)
            yield nodes.TemplateData("%", lineno=lineno) if place[2] else values[place[1]]
            end = place.end()
        yield nodes.TemplateData(text[end:], lineno=lineno)
