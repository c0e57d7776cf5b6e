"""What our quicker Jinja2 writes is what jinja2 writes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from babel.support import NullTranslations
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2.exceptions import UndefinedError
from markupsafe import Markup, escape

from crm.database import fetch_one
from crm.web.formats import money, num
from crm.web.i18n import speaking
from crm.web.jinja import QuickEnvironment
from crm.web.messages import Said
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


MESSAGES = {
    "Customers": "Kunden", "%(purpose)s yes": "%(purpose)s ja", "100 %% & more": "100 %% & mehr <b>",
    "%(a)s before %(b)s, %(a)s": "%(b)s nach %(a)s, %(a)s", "%(n)d pieces": "%(n)d Stücke",
}  # fmt: skip


class _Known(NullTranslations):
    def gettext(self, message: str) -> str:
        return MESSAGES[message]

    def pgettext(self, context: str, message: str) -> str:
        return f"{context}: {MESSAGES[message]}"


def _both(template: str, **values: object) -> tuple[str, str]:
    """The template with messages put in while it is compiled, and as jinja2 alone says them while it is written."""
    known = _Known()
    said = Said("de")
    said.catalogue = known
    quick = QuickEnvironment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    quick.said = said
    plain = Environment(autoescape=True, undefined=StrictUndefined, extensions=["jinja2.ext.i18n"])
    for each in (quick, plain):
        each.install_gettext_callables(known.gettext, known.ngettext, newstyle=True, pgettext=known.pgettext)  # type: ignore[attr-defined]
    return quick.from_string(template).render(values), plain.from_string(template).render(values)


@given(values, values)
def test_a_message_in_the_compiled_page_is_the_one_that_is_written_anew(a: object, b: object) -> None:
    for template in (
        "{{ _('%(a)s before %(b)s, %(a)s', a=a, b=b) }}", "<{{ _('%(purpose)s yes', purpose=a) }}>{{ b }}",
        "{{ pgettext('chip', '%(purpose)s yes', purpose=b) }}", "{{ _('100 %% & more') }}|{{ pgettext('chip', 'Customers') }}",
        "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}{{ bold(_('100 %% & more')) }}{{ _('100 %% & more') ~ a }}",
        "{% set kept %}{{ _('%(purpose)s yes', purpose=a) }}{% endset %}{{ kept }}{{ _('Customers')|upper }}",
        "{{ _('Customers') if a else b }}{{ [_('100 %% & more'), a]|join(' & ') }}",
        "{% macro around() %}[{{ caller() }}]{% endmacro %}{% call around() %}{{ _('%(purpose)s yes', purpose=a|string|e) }}{% endcall %}",
    ):  # fmt: skip
        quick, plain = _both(template, a=a, b=b)
        assert quick == plain


def test_what_cannot_be_put_in_is_said_when_the_page_is_written() -> None:
    with speaking("de"), pytest.raises(KeyError):
        environment().from_string("{{ _('%(purpose)s yes', other=1) }}").render()
    with speaking("de"), pytest.raises(UndefinedError):
        environment().from_string("{{ _('%(purpose)s yes', purpose=nothing) }}").render()
    name = "Customers"
    with speaking("de"):
        assert environment().from_string("{{ _(name) }} {{ _('%(purpose)s yes', **{'purpose': name}) }}").render(
            name=name
        ) == ("Kunden Customers ja")


@pytest.mark.parametrize(
    "way", ["{{ %s }}", "{{ %s if true else '' }}", "{%% set kept = %s %%}{{ kept }}", "{{ '' ~ %s }}"]
)
def test_plain_text_is_not_escaped_and_pages_are(way: str) -> None:
    name = "O'Neil & Co"
    for said, expected in (
        ("_('%(purpose)s yes', purpose=name)", f"{name} ja"),
        ("ngettext('One customer: %(selection)s.', '%(num)s customers: %(selection)s.', 2, selection=name)", f"2 Kunden: {name}."),
    ):  # fmt: skip
        with speaking("de"):
            page = environment().from_string(way % said)
            plain = environment().from_string(f"{{% autoescape false %}}{way % said}{{% endautoescape %}}")
            assert plain.render(name=name) == expected
            assert page.render(name=name) == str(escape(expected))


def test_nothing_is_less_than_nothing() -> None:
    with speaking("de"):
        assert [num(value, 1) for value in (-0.0, 0.0)] == ["0,0", "0,0"]
        assert [money(Decimal(value)) for value in ("-0.00", "0", "-1")] == [
            "0,00\u00a0€",
            "0,00\u00a0€",
            "-1,00\u00a0€",
        ]


def test_each_language_has_its_own_pages() -> None:
    found = []
    for language in ("de", "en", "de"):
        with speaking(language):
            found.append(environment().from_string("{{ _('Customers') }}{{ [_('Customers')]|first }}").render())
    assert found == ["KundenKunden", "CustomersCustomers", "KundenKunden"]


class _Counting(dict[str, int]):
    def __missing__(self, key: str) -> int:
        return 0


def test_keys_and_methods_of_dictionaries_are_told_apart() -> None:
    template = QUICK.from_string("{{ d.items()|list }}{{ d.n }}{{ d.x is defined }}{{ c.n }}{{ c.x }}{{ d.get('n') }}")
    assert template.render(d={"n": 1, "items": 3}, c=_Counting(n=2)) == (
        "[(&#39;n&#39;, 1), (&#39;items&#39;, 3)]1False201"
    )
