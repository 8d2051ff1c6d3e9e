"""`/editions` and `/editions/<id>`: what is published, and how to check it."""

from collections.abc import Sequence
from dataclasses import dataclass

from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.ids import EditionId
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, frame
from tenuto.web.problems import not_found


@dataclass(frozen=True, slots=True)
class Volume:
    """One torrent and its v1-only twin (unless it is v2-only), with the addresses of `.torrent` files."""

    name: str
    band: tuple[int, int]
    recordings: int
    files: int
    bytes: int
    infohash_v1: str | None
    infohash_v2: str
    infohash_twin: str | None
    magnet: str
    magnet_twin: str | None
    torrent: str
    torrent_twin: str | None


@dataclass(frozen=True, slots=True)
class Edition:
    """One publication. `refused` counts what is held but dark, by reason."""

    id: str
    snapshot: str
    recordings: int
    bytes: int
    synthetic_listens: bool
    refused: dict[str, int]
    volumes: tuple[Volume, ...]
    """Those that the newest edition holds too: what was withdrawn since is not offered again."""
    superseded: int
    """Volumes of this edition that are not offered any more."""


@dataclass(frozen=True, slots=True)
class EditionsDocument:
    """`tenuto/editions/1`: newest first."""

    schema: str
    frame: Frame
    editions: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class EditionDocument:
    """`tenuto/edition/1`."""

    schema: str
    frame: Frame
    edition: Edition
    newest: bool


def editions(view: ArchiveView) -> EditionsDocument:
    """All editions."""
    return EditionsDocument("tenuto/editions/1", frame(view), _offered(view.editions()))


def edition(view: ArchiveView, identifier: str) -> EditionDocument:
    """One edition; 404 for another id."""
    found = view.editions()
    for known in found:
        if known.id == identifier:
            shown = next(each for each in _offered(found) if each.id == identifier)
            return EditionDocument("tenuto/edition/1", frame(view), shown, known is found[0])
    raise not_found("This archive has published no edition of this name.")


def has_volume(view: ArchiveView, edition_id: EditionId, name: str) -> bool:
    """Whether that edition offers that volume: only then is its torrent asked for."""
    return any(
        each.id == edition_id and name in {volume.name for volume in each.volumes}
        for each in _offered(view.editions())
    )


def _offered(found: Sequence[EditionSummary]) -> tuple[Edition, ...]:
    """`found` newest first. A volume's name changes with its content, so equal names are equal volumes."""
    newest = {volume.name for volume in found[0].volumes} if found else set()
    return tuple(_edition(each, newest) for each in found)


def _edition(of: EditionSummary, newest: set[str]) -> Edition:
    volumes = tuple(_volume(of.id, volume) for volume in of.volumes if volume.name in newest)
    return Edition(
        id=of.id,
        snapshot=of.snapshot,
        recordings=of.recordings,
        bytes=of.bytes,
        synthetic_listens=of.synthetic_listens,
        refused=dict(of.refused),
        volumes=volumes,
        superseded=len(of.volumes) - len(volumes),
    )


def _volume(edition_id: EditionId, of: VolumeSummary) -> Volume:
    address = f"/editions/{edition_id}/{of.name}"
    return Volume(
        of.name,
        of.band,
        of.recordings,
        of.files,
        of.bytes,
        of.infohash_v1,
        of.infohash_v2,
        of.infohash_twin,
        of.magnet,
        of.magnet_twin,
        f"{address}.torrent",
        f"{address}.v1.torrent" if of.infohash_twin else None,
    )
