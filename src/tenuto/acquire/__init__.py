"""Bytes in quarantine: fetched with resume, length and digest checked."""

from tenuto.acquire.debian import DebianFetcher
from tenuto.acquire.folder import FolderFetcher
from tenuto.acquire.http import HttpFetcher
from tenuto.acquire.quarantine import bring_in, quarantine_path
from tenuto.acquire.schemes import SchemeFetcher

__all__ = ["DebianFetcher", "FolderFetcher", "HttpFetcher", "SchemeFetcher", "bring_in", "quarantine_path"]
