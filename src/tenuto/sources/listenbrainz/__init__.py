"""ListenBrainz' dumps of listens and its popularity files (docs/sources/listenbrainz.md)."""

from tenuto.sources.listenbrainz.source import MONTHLY_CAP, ListenBrainzSource

__all__ = ["MONTHLY_CAP", "ListenBrainzSource"]
