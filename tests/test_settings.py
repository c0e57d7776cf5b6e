"""Settings come from the environment, are right without one, and are refused with a sentence each when wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm.settings import SETTINGS_HELP, Settings, SettingsError, unknown_settings


def problems(**environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        Settings.from_env(environ)
    return raised.value.problems


def test_program_runs_without_any_setting() -> None:
    settings = Settings.from_env({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url is None
    assert settings.data_dir == Path.cwd() / "data"
    assert settings.time_zone == "Europe/Berlin"
    assert not settings.secure_cookies


def test_data_folder_is_named_without_detours_and_links_are_kept(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "other")
    assert Settings.from_env({"CRM_DATA_DIR": f"{tmp_path}/nahbar/../other"}).data_dir == tmp_path / "other"
    assert Settings.from_env({"CRM_DATA_DIR": f"{tmp_path}/link"}).data_dir == tmp_path / "link"


def test_blank_setting_counts_as_unset() -> None:
    assert Settings.from_env({"CRM_PORT": " ", "CRM_DATABASE_URL": ""}) == Settings.from_env({})


def test_every_mistake_is_named_at_once() -> None:
    found = problems(CRM_PORT="eighty", CRM_LOG_FORMAT="xml", CRM_TIME_ZONE="../zone", CRM_DB_POOL="0")
    assert len(found) == 4
    assert all(any(line.startswith(name) for line in found) for name in ("CRM_PORT", "CRM_LOG_FORMAT", "CRM_TIME_ZONE"))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8080.0", "٨٠", "9" * 5000])
def test_port_is_a_number_in_range(port: str) -> None:
    assert problems(CRM_PORT=port)[0].startswith("CRM_PORT: ")


@pytest.mark.parametrize(
    "url", ["crm.example.com", "ftp://crm.example.com", "https://", "https://x.example/crm", "http://[::1"]
)
def test_public_address_is_a_whole_one_without_path(url: str) -> None:
    assert problems(CRM_PUBLIC_URL=url)[0].startswith("CRM_PUBLIC_URL: ")


def test_password_of_database_is_not_repeated_in_the_complaint() -> None:
    assert "secret" not in problems(CRM_DATABASE_URL="mysql://crm:secret@db/crm")[0]


def test_misspelt_setting_is_refused_with_the_right_name() -> None:
    assert problems(CRM_DATABSE_URL="postgresql://db/crm") == [
        "CRM_DATABSE_URL is not a setting. Did you mean CRM_DATABASE_URL?"
    ]


def test_names_that_a_cluster_sets_are_left_alone() -> None:
    environ = {"CRM_SERVICE_HOST": "10.0.0.1", "CRM_PORT_8080_TCP_ADDR": "10.0.0.1"}
    Settings.from_env(environ)
    assert unknown_settings(environ) == ["CRM_PORT_8080_TCP_ADDR", "CRM_SERVICE_HOST"]


def test_https_makes_cookies_secure() -> None:
    settings = Settings.from_env({"CRM_PUBLIC_URL": "https://crm.example.com/"})
    assert settings.secure_cookies
    assert settings.public_url == "https://crm.example.com"


def test_hosts_follow_the_public_address() -> None:
    assert Settings.from_env({"CRM_PUBLIC_URL": "https://crm.example.com"}).allowed_hosts[0] == "crm.example.com"
    assert "[::1]" in Settings.from_env({"CRM_HOST": "::1"}).allowed_hosts


def test_every_interface_without_public_address_takes_any_host() -> None:
    assert Settings.from_env({"CRM_HOST": "0.0.0.0"}).allowed_hosts == ("*",)
    given = Settings.from_env({"CRM_HOST": "0.0.0.0", "CRM_PUBLIC_URL": "http://crm.office"})
    assert "*" not in given.allowed_hosts


def test_named_hosts_and_proxies_are_taken_as_they_are() -> None:
    settings = Settings.from_env({"CRM_ALLOWED_HOSTS": "a.example, b.example", "CRM_TRUSTED_PROXIES": "10.0.0.0/8,::1"})
    assert settings.allowed_hosts == ("a.example", "b.example")
    assert settings.trusted_proxies == ("10.0.0.0/8", "::1")
    assert problems(CRM_TRUSTED_PROXIES="proxy.example")[0].startswith("CRM_TRUSTED_PROXIES: ")


class Recorder(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def get(self, key: str, default: str | None = None) -> str | None:  # type: ignore[override]
        self.asked.add(key)
        return super().get(key, default)


def test_help_names_exactly_the_settings_that_are_read() -> None:
    environ = Recorder()
    Settings.from_env(environ)
    assert environ.asked == {setting.name for setting in SETTINGS_HELP}


def test_operations_guide_describes_every_setting() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
    missing = [setting.name for setting in SETTINGS_HELP if f"`{setting.name}`" not in guide]
    assert missing == []
