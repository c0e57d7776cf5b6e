"""What our quicker Jinja2 writes is what jinja2 writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2.exceptions import UndefinedError
from markupsafe import Markup

from crm.database import fetch_one
from crm.web.i18n import speaking
from crm.web.jinja import QuickEnvironment
from crm.web.render import environment

TEMPLATES = {
    "page": '{% from "macros" import bold %}{{ bold(value) }}|{{ value }}|{% set kept %}{{ value }}{% endset %}{{ kept }}',
    "macros": "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}",
}
QUICK = QuickEnvironment(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
PLAIN = Environment(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)

values = st.one_of(
    st.text(), st.integers(), st.floats(), st.none(), st.booleans(), st.text().map(Markup), st.lists(st.text())
)


@pytest.fixture(autouse=True)
def german() -> Iterator[None]:
    with speaking("de"):
        yield


@given(values)
def test_every_value_is_escaped_as_jinja_does(value: object) -> None:
    assert QUICK.get_template("page").render(value=value) == PLAIN.get_template("page").render(value=value)


def test_name_that_is_not_there_is_an_error() -> None:
    for template in ("{{ nothing }}", "{{ value.nothing }}"):
        with pytest.raises(UndefinedError):
            QUICK.from_string(template).render(value=1)


async def test_column_of_a_row_is_read_and_a_missing_one_is_an_error(db: None) -> None:
    row = await fetch_one("SELECT '<b>' AS name, 3 AS n")
    assert QUICK.from_string("{{ row.name }} {{ row.n }}").render(row=row) == "&lt;b&gt; 3"
    with pytest.raises(UndefinedError):
        QUICK.from_string("{{ row.nothing }}").render(row=row)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ _('Customers') }}", "Kunden"),
        ("{{ _('%(purpose)s yes', purpose='<Brief>') }}", "&lt;Brief&gt; ja"),
        ("{{ _('%(n)s %% & more', n='<2>') }}", "&lt;2&gt; % & more"),
        ("{{ _('100 %% & more') }}", "100 % & more"),
        (
            "{{ ngettext('One customer: %(selection)s.', '%(num)s customers: %(selection)s.', 25086, selection='<b>') }}",
            "25.086 Kunden: &lt;b&gt;.",
        ),
    ],
)
def test_message_is_translated_and_its_values_are_escaped(template: str, text: str) -> None:
    assert environment().from_string(template).render() == text
