"""Discogs' monthly data dumps (docs/sources/discogs.md)."""

from tenuto.sources.discogs.source import DiscogsSource

__all__ = ["DiscogsSource"]
