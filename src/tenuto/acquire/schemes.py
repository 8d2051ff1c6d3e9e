"""One fetcher for all locations: dispatches by the URI's scheme."""

from collections.abc import Mapping
from pathlib import Path

from tenuto.model.errors import ConfigurationError
from tenuto.model.ports import Fetcher
from tenuto.model.source import Location


class SchemeFetcher:
    """A `Fetcher` made of one fetcher a scheme."""

    def __init__(self, fetchers: Mapping[str, Fetcher]) -> None:
        self._fetchers = dict(fetchers)

    def fetch(self, location: Location, destination: Path) -> int:
        scheme = location.uri.partition(":")[0].lower()
        fetcher = self._fetchers.get(scheme)
        if fetcher is None:
            known = ", ".join(sorted(self._fetchers))
            raise ConfigurationError(
                f"no way to fetch {scheme!r} locations", where=location.uri, remedy=f"Known schemes: {known}"
            )
        return fetcher.fetch(location, destination)
