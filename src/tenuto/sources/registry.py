"""Opens a source again from its description."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tenuto.formats.mapping import parse
from tenuto.model.errors import ConfigurationError
from tenuto.model.ports import Source
from tenuto.model.source import SourceDescription
from tenuto.sources.debian import DebianSource
from tenuto.sources.discogs import DiscogsSource
from tenuto.sources.folder import FolderSource
from tenuto.sources.internet_archive import InternetArchiveSource
from tenuto.sources.jamendo import JamendoSource
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.sources.network import Network
from tenuto.sources.packages import BagSource, OcflSource
from tenuto.sources.table import TableSource


def open_source(description: SourceDescription, network: Network | None = None) -> Source:
    """The adapter that `description` was given by. `ConfigurationError` for a kind that isn't ours.

    `network` says who asks, for the sources that ask a server.
    """
    asking = _ASKING.get(description.kind)
    if asking is not None:
        return asking(description, network or Network())
    opener = _OPENERS.get(description.kind)
    if opener is None:
        raise ConfigurationError(
            f"no such kind of source: {description.kind}", where=description.name, remedy="Use a newer Tenuto"
        )
    return opener(description)


def _folder(description: SourceDescription) -> Source:
    return FolderSource(description.name, Path(_text(description, "root")), priority=description.priority)


def _bagit(description: SourceDescription) -> Source:
    root, scratch = Path(_text(description, "root")), Path(_text(description, "scratch"))
    return BagSource(description.name, root, scratch, priority=description.priority)


def _ocfl(description: SourceDescription) -> Source:
    return OcflSource(description.name, Path(_text(description, "root")), priority=description.priority)


def _debian(description: SourceDescription) -> Source:
    packages = description.settings["packages"]
    listed = packages if isinstance(packages, list) else [packages]
    cache = Path(_text(description, "cache"))
    return DebianSource(description.name, listed, cache, priority=description.priority)


def _table(description: SourceDescription) -> Source:
    mapping = parse(_text(description, "mapping"), f"{description.name}'s mapping")
    return TableSource(
        description.name, mapping, Path(_text(description, "base")), priority=description.priority
    )


def _internet_archive(description: SourceDescription, network: Network) -> Source:
    settings = description.settings
    return InternetArchiveSource(
        description.name,
        Path(_text(description, "cache")),
        network,
        query=_text(description, "query") if "query" in settings else "",
        items=settings.get("items", ()),
        url=_text(description, "url"),
        priority=description.priority,
    )


def _jamendo(description: SourceDescription, network: Network) -> Source:
    filters = description.settings["filters"]
    return JamendoSource(
        description.name,
        Path(_text(description, "cache")),
        network,
        filters=[filters] if isinstance(filters, str) else filters,
        url=_text(description, "url"),
        priority=description.priority,
    )


def _musicbrainz(description: SourceDescription) -> Source:
    paths = description.settings["paths"]
    return MusicBrainzSource(
        description.name,
        [Path(path) for path in ([paths] if isinstance(paths, str) else paths)],
        Path(_text(description, "scratch")),
        genres=_text(description, "genres") == "yes",
        priority=description.priority,
    )


def _listenbrainz(description: SourceDescription) -> Source:
    paths = description.settings["paths"]
    return ListenBrainzSource(
        description.name,
        [Path(path) for path in ([paths] if isinstance(paths, str) else paths)],
        Path(_text(description, "scratch")),
        monthly_cap=int(_text(description, "monthly_cap")),
        priority=description.priority,
    )


def _discogs(description: SourceDescription) -> Source:
    return DiscogsSource(description.name, Path(_text(description, "folder")), priority=description.priority)


def _text(description: SourceDescription, name: str) -> str:
    value = description.settings.get(name)
    if not isinstance(value, str):
        raise ConfigurationError(
            f"no setting {name!r}", where=description.name, remedy="Register the source again"
        )
    return value


_OPENERS: Final[dict[str, Callable[[SourceDescription], Source]]] = {
    "folder": _folder,
    "bagit": _bagit,
    "ocfl": _ocfl,
    "debian": _debian,
    "table": _table,
    "musicbrainz": _musicbrainz,
    "listenbrainz": _listenbrainz,
    "discogs": _discogs,
}

_ASKING: Final[dict[str, Callable[[SourceDescription, Network], Source]]] = {
    "internet-archive": _internet_archive,
    "jamendo": _jamendo,
}
