"""Tracks of Jamendo through its API v3.0 (docs/sources/jamendo.md)."""

from tenuto.sources.jamendo.source import URL, JamendoSource

__all__ = ["URL", "JamendoSource"]
