"""Items of the Internet Archive through its scrape and metadata APIs (docs/sources/internet-archive.md)."""

from tenuto.sources.internet_archive.source import URL, InternetArchiveSource

__all__ = ["URL", "InternetArchiveSource"]
