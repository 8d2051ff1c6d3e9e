"""Checked bytes enter; content-addressed objects with every digest leave. Reads each file once."""

from tenuto.store.digest import digest_file
from tenuto.store.local import LocalStore

__all__ = ["LocalStore", "digest_file"]
