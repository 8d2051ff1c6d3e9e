"""ListenBrainz' dumps of listens and its popularity files (docs/sources/listenbrainz.md)."""

from tenuto.sources.listenbrainz.source import ListenBrainzSource

__all__ = ["ListenBrainzSource"]
