"""`/health`: who holds the volumes, by proof and by hearsay, as the archive last published it."""

from dataclasses import dataclass, replace
from typing import Final

from tenuto.model.health import Replica, VolumeHealth
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, frame

LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class NeedyVolume:
    """One volume. `seeders` and `read`: what a tracker claimed, and when; None: nobody was asked."""

    name: str
    bytes: int
    torrent: str
    replicas: tuple[Replica, ...]
    seeders: int | None
    read: str | None
    dht_peers: int | None


@dataclass(frozen=True, slots=True)
class SwarmDocument:
    """`tenuto/swarm/1`. Volumes of the newest edition only: what was withdrawn since isn't named again."""

    schema: str
    frame: Frame
    edition: str | None
    on: str | None
    volumes: int
    proved: dict[str, int]
    """Volumes by number of proved replicas."""
    claimed: dict[str, int]
    """Volumes by band of seeders."""
    neediest: tuple[NeedyVolume, ...]


def health(view: ArchiveView) -> SwarmDocument:
    """The report, with the volumes that need another copy most."""
    found, editions = view.health(), view.editions()
    if found is None or not editions:
        return SwarmDocument("tenuto/swarm/1", frame(view), None, None, 0, {}, {}, ())
    offered = {volume.name for volume in editions[0].volumes}
    report = replace(found, volumes=tuple(volume for volume in found.volumes if volume.name in offered))
    return SwarmDocument(
        "tenuto/swarm/1",
        frame(view),
        report.edition,
        report.on,
        len(report.volumes),
        report.proved(),
        report.claimed(),
        tuple(_needy(editions[0].id, volume) for volume in report.volumes[:LISTED]),
    )


def _needy(edition: str, of: VolumeHealth) -> NeedyVolume:
    return NeedyVolume(
        of.name,
        of.bytes,
        f"/editions/{edition}/{of.name}.torrent",
        of.replicas,
        of.seeders,
        of.trackers.day if of.trackers else None,
        of.dht.peers if of.dht else None,
    )
