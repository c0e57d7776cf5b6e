"""The customers whom the tests of records tell of are those of the tests of customers."""

from tests.customers.conftest import customers

__all__ = ["customers"]
