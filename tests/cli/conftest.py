"""Folders for the commands: the same as for the servers."""

from tests.embedded.conftest import data, open_folder

__all__ = ["data", "open_folder"]
