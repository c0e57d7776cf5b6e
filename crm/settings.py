"""Everything that the program takes from its environment: one frozen value, checked once, a sentence per mistake."""

from __future__ import annotations

import difflib
import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104 -- compared with, not bound


class SettingsError(Exception):
    """One or more settings are wrong; `problems` holds one line for each of them."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class SettingDoc:
    """What docs/operations.md and `crm doctor` say about one setting."""

    name: str
    default: str
    text: str


SETTINGS_HELP: tuple[SettingDoc, ...] = (
    SettingDoc(
        "CRM_DATABASE_URL",
        "the embedded PostgreSQL",
        "An external PostgreSQL (15 or later): postgresql://user:password@host:5432/name.",
    ),
    SettingDoc(
        "CRM_REDIS_URL",
        "the embedded Valkey",
        "An external Valkey or Redis: redis://host:6379/0, rediss://... or unix:///path/to.sock.",
    ),
    SettingDoc("CRM_HOST", "127.0.0.1", "The address that the web server listens on; 0.0.0.0 for every interface."),
    SettingDoc("CRM_PORT", "8080", "The port that the web server listens on."),
    SettingDoc(
        "CRM_PUBLIC_URL",
        "http://CRM_HOST:CRM_PORT",
        "The address that people type. Links in mails begin with it; with https:// cookies are marked Secure.",
    ),
    SettingDoc(
        "CRM_ALLOWED_HOSTS",
        "the host of CRM_PUBLIC_URL, localhost",
        "Host names that requests may carry, separated by commas. On every interface without CRM_PUBLIC_URL: any.",
    ),
    SettingDoc(
        "CRM_TRUSTED_PROXIES",
        "none",
        "Addresses or networks (10.0.0.0/8) of reverse proxies whose X-Forwarded-For and -Proto count, with commas.",
    ),
    SettingDoc("CRM_DATA_DIR", "./data", "The folder of the embedded servers. All data live there."),
    SettingDoc(
        "CRM_ERASURES_DIR",
        "erasures in CRM_DATA_DIR",
        "The folder in which each erasure is noted, for a restore. Let it lie where the backups are.",
    ),
    SettingDoc("CRM_WEB_PROCESSES", "2, at most one per core", "How many web processes answer requests (1 to 64)."),
    SettingDoc("CRM_LOG_FORMAT", "console", "console: lines to read; json: one JSON object per line."),
    SettingDoc("CRM_LOG_LEVEL", "info", "debug, info, warning or error."),
    SettingDoc("CRM_TIME_ZONE", "Europe/Berlin", "The time zone of the company, by its IANA name."),
    SettingDoc("CRM_DB_POOL", "10", "Database connections per process, at most (1 to 100)."),
    SettingDoc(
        "CRM_MAIL",
        "settings",
        "settings: mail goes out as the company's settings say; off: it stays in the outbox.",
    ),
    SettingDoc("CRM_DOCUMENT_MB", "20", "The largest document that can be attached to a customer, in MB (1 to 100)."),
    SettingDoc(
        "CRM_MAILING_CONFIRM_ABOVE",
        "100",
        "Above so many readers whoever starts a mailing types their number (0 to 1,000,000).",
    ),
    SettingDoc(
        "CRM_COUNT_STATEMENTS", "off", "on: every answer carries X-SQL-Statements, for measurements. Leave it off."
    ),
)


@dataclass(frozen=True)
class Settings:
    """The settings of this process. Addresses are as given; None means: the embedded server."""

    database_url: str | None
    redis_url: str | None
    host: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[str, ...]
    data_dir: Path
    erasures_dir: Path
    web_processes: int
    log_format: str
    log_level: str
    time_zone: str
    db_pool_size: int
    mail_delivery: str
    document_mb: int
    mailing_confirm_above: int
    count_statements: bool

    @property
    def largest_document(self) -> int:
        """The limit of one document in bytes."""
        return self.document_mb * 1_000_000

    @property
    def secure_cookies(self) -> bool:
        """Cookies carry the Secure flag exactly when people reach the program over HTTPS."""
        return self.public_url.startswith("https://")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read and check every setting; a blank one counts as unset. Raises SettingsError with all mistakes at once."""
        reader = _Reader(environ)
        host = reader.text("CRM_HOST", "127.0.0.1")
        port = reader.number("CRM_PORT", 8080, 1, 65535)
        public_url = reader.checked("CRM_PUBLIC_URL", _address(host, port), _public_url)
        settings = cls(
            database_url=reader.optional("CRM_DATABASE_URL", _database_url),
            redis_url=reader.optional("CRM_REDIS_URL", _redis_url),
            host=host,
            port=port,
            public_url=public_url,
            allowed_hosts=reader.names("CRM_ALLOWED_HOSTS")
            or _allowed_hosts(host, public_url, is_public=bool(reader.optional("CRM_PUBLIC_URL", _public_url))),
            trusted_proxies=reader.networks("CRM_TRUSTED_PROXIES"),
            data_dir=_folder(reader.text("CRM_DATA_DIR", "data")),
            erasures_dir=_folder(
                reader.text("CRM_ERASURES_DIR", str(Path(reader.text("CRM_DATA_DIR", "data")) / "erasures"))
            ),
            web_processes=reader.number("CRM_WEB_PROCESSES", min(2, os.cpu_count() or 1), 1, 64),
            log_format=reader.choice("CRM_LOG_FORMAT", "console", "json"),
            log_level=reader.choice("CRM_LOG_LEVEL", "info", "debug", "warning", "error"),
            time_zone=reader.checked("CRM_TIME_ZONE", "Europe/Berlin", _time_zone),
            db_pool_size=reader.number("CRM_DB_POOL", 10, 1, 100),
            mail_delivery=reader.choice("CRM_MAIL", "settings", "off"),
            document_mb=reader.number("CRM_DOCUMENT_MB", 20, 1, 100),
            mailing_confirm_above=reader.number("CRM_MAILING_CONFIRM_ABOVE", 100, 0, 1_000_000),
            count_statements=reader.choice("CRM_COUNT_STATEMENTS", "off", "on") == "on",
        )
        reader.refuse_misspelt()
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


def unknown_settings(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Names that begin with CRM_ and mean nothing to this program, sorted."""
    known = {setting.name for setting in SETTINGS_HELP}
    return sorted(name for name in environ if name.startswith("CRM_") and name not in known)


class _Reader:
    """Takes values out of an environment and gathers what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environ.get(name, "").strip() or default

    def checked(self, name: str, default: str, check: Callable[[str], str]) -> str:
        try:
            return check(self.text(name, default))
        except ValueError as problem:
            self._refuse(f"{name}: {problem}")
            return default

    def optional(self, name: str, check: Callable[[str], str]) -> str | None:
        return self.checked(name, "", check) if self.text(name, "") else None

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if text.isascii() and text.isdigit() and len(text) < 7 and least <= int(text) <= most:
            return int(text)
        self._refuse(f"{name}: {text!r} is not a number from {least} to {most}.")
        return default

    def choice(self, name: str, default: str, *others: str) -> str:
        text = self.text(name, default).lower()
        if text in (default, *others):
            return text
        self._refuse(f"{name}: {text!r} is none of {', '.join((default, *others))}.")
        return default

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())

    def networks(self, name: str) -> tuple[str, ...]:
        for part in self.names(name):
            try:
                ipaddress.ip_network(part, strict=False)
            except ValueError:
                self._refuse(f"{name}: {part!r} is neither an address (10.0.0.5) nor a network (10.0.0.0/8).")
        return self.names(name)

    def refuse_misspelt(self) -> None:
        """A slip of the pen must not silently start an empty embedded database; foreign names (Kubernetes sets
        CRM_SERVICE_HOST for a service called crm) are left alone."""
        known = [setting.name for setting in SETTINGS_HELP]
        for name in unknown_settings(self._environ):
            if near := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
                self._refuse(f"{name} is not a setting. Did you mean {near[0]}?")

    def _refuse(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def _folder(text: str) -> Path:
    """The whole path, as people would write it: without the detours of `..`. Links are kept otherwise, since what lies
    behind one may change."""
    path = Path(text).expanduser().absolute()
    return Path(os.path.realpath(path)) if ".." in path.parts else path


def _address(host: str, port: int) -> str:
    shown = "localhost" if host in EVERY_INTERFACE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path not in ("", "/") or url.query:
        raise ValueError(f"{text!r} is not an address such as https://crm.example.com (without a path).")
    return f"{url.scheme}://{url.netloc}"


def _database_url(text: str) -> str:
    if urlsplit(text).scheme not in ("postgres", "postgresql"):
        raise ValueError("write postgresql://user:password@host:5432/name.")
    return text


def _redis_url(text: str) -> str:
    if urlsplit(text).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("write redis://host:6379/0, rediss://host:6379/0 or unix:///path/to.sock.")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{text!r} is not a time zone such as Europe/Berlin.") from None
    return text


def _allowed_hosts(host: str, public_url: str, *, is_public: bool) -> tuple[str, ...]:
    if host in EVERY_INTERFACE and not is_public:
        return ("*",)
    name = urlsplit(public_url).hostname or "localhost"
    shown = f"[{name}]" if ":" in name else name
    return tuple(dict.fromkeys((shown, "localhost", "127.0.0.1", "[::1]")))
