"""MusicBrainz dumps: JSON Lines by entity, or PostgreSQL's tables (docs/sources/musicbrainz.md)."""

from tenuto.sources.musicbrainz.source import MusicBrainzSource

__all__ = ["MusicBrainzSource"]
