"""How processes write their log: lines to read, or one JSON object per line (CRM_LOG_FORMAT, CRM_LOG_LEVEL)."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs(log_format: str, log_level: str) -> None:
    """Set up structlog for this process. Tracebacks never show local variables: they hold personal data."""
    level = getattr(logging, log_level.upper())
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("asyncpg.pool").addFilter(_without_traceback)  # adding it again changes nothing
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if log_format == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _without_traceback(record: logging.LogRecord) -> bool:
    """A pool tells with a whole traceback that the database went away, which every stop by force makes it do: the first
    line of the error says as much."""
    if record.exc_info and (problem := record.exc_info[1]) is not None:
        said = (str(problem).strip() or type(problem).__name__).splitlines()[0]
        record.msg, record.args = "%s (%s)", (record.getMessage(), said)
        record.exc_info = record.exc_text = None
    return True
