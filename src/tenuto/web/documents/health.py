"""`/health`: who holds the volumes, by proof and by hearsay, as the archive last published it."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from tenuto.model.health import Band, Replica, VolumeHealth
from tenuto.model.ports import ArchiveView
from tenuto.web.documents.common import Frame, frame

LISTED: Final = 100
MOST: Final = 3
"""From so many proved replicas on, volumes are counted together."""


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
    report, editions = view.health(), view.editions()
    offered = {volume.name for volume in editions[0].volumes} if editions else set()
    volumes = [volume for volume in report.volumes if volume.name in offered] if report else []
    proved = Counter(min(len(volume.replicas), MOST) for volume in volumes)
    claimed = Counter(volume.band for volume in volumes)
    return SwarmDocument(
        "tenuto/swarm/1",
        frame(view),
        report.edition if report else None,
        report.on if report else None,
        len(volumes),
        {str(number) if number < MOST else f"{MOST} or more": proved[number] for number in range(MOST + 1)},
        {str(band): claimed[band] for band in Band},
        tuple(_needy(editions[0].id, volume) for volume in volumes[:LISTED]),
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
