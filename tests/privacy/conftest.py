"""The customers whom these tests tell of are those of tests/customers."""

from tests.customers.conftest import customers

__all__ = ["customers"]
