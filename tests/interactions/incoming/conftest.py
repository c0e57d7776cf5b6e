"""The letter box of the company is a real server."""

from tests.mail.conftest import dovecot

__all__ = ["dovecot"]
