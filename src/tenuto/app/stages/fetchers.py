"""The fetchers of an archive: one a scheme, for the sources that it has registered."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenuto import __version__
from tenuto.acquire import DebianFetcher, FolderFetcher, HttpFetcher, SchemeFetcher
from tenuto.app.archive import Archive
from tenuto.app.stages.harvest import registered
from tenuto.model.ids import SourceName
from tenuto.model.ports import Fetcher


@contextmanager
def fetchers(archive: Archive) -> Iterator[Fetcher]:
    """Opens no connection before something is fetched; drops scratch files at the end."""
    debian = DebianFetcher(archive.cache / "debian" / "archives", archive.cache / "unpacked")
    http = HttpFetcher(archive.config.text("acquire.contact"), user_agent=f"Tenuto/{__version__}")
    folder = FolderFetcher(_roots(archive))
    try:
        yield SchemeFetcher({"folder": folder, "deb": debian, "http": http, "https": http})
    finally:
        debian.close()
        http.close()


def _roots(archive: Archive) -> dict[SourceName, Path]:
    """The sources whose locations are `folder:`."""
    folders = (each for each in registered(archive) if each.kind in {"folder", "bagit", "ocfl"})
    return {description.name: Path(str(description.settings["root"])) for description in folders}
