"""Routes of a package are found by themselves, and none is lost silently."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from crm.web.routing import handlers_in


def test_a_module_without_routes_is_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = tmp_path / "pages_of_this_test"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "second.py").write_text("route_handlers = ['c']")
    (package / "first.py").write_text("route_handlers = ['a', 'b']")
    found = importlib.import_module(package.name)
    assert handlers_in(found) == ["a", "b", "c"]
    (package / "third.py").write_text("handlers = ['d']")
    importlib.invalidate_caches()
    with pytest.raises(TypeError, match=r"third has no list route_handlers"):
        handlers_in(found)
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        monkeypatch.delitem(sys.modules, name)
