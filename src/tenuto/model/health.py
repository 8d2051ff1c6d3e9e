"""Health of what is published: who holds it, by proof or by hearsay."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tenuto.model.ids import EditionId

MirrorKey = str
"""A mirror's Ed25519 public key, 64 lower-case hexadecimal digits: its public id."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """As the archive's operator registered it."""

    name: str
    key: MirrorKey
    region: str
    """Where its disks are, like `DE` or `Berlin`: what one flood or one law can reach."""
    operator: str


class Outcome(StrEnum):
    """What an answer said of one volume."""

    PROVED = "proved"
    ABSENT = "absent"
    """Asked for, and not answered for."""
    FAILED = "failed"
    """Answered with other bytes than the archive published."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A copy that was proved: the mirror's newest answer for the volume."""

    mirror: str
    region: str
    operator: str
    proved: str
    """ISO 8601 date."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a tracker, or the distributed hash table, claimed on a day. No proof of anything."""

    day: str
    """ISO 8601 date."""
    seeders: int | None
    """None: it can't tell seeders from other peers."""
    peers: int
    """Seeders included."""


class Band(StrEnum):
    """Of seeders, as trackers claim them."""

    UNKNOWN = "unknown"
    FEW = "under 4"
    SOME = "4 to 10"
    MANY = "over 10"


@dataclass(frozen=True, slots=True)
class VolumeHealth:
    """All that is known of one volume's copies outside the archive."""

    name: str
    infohash_v2: str
    bytes: int
    replicas: tuple[Replica, ...] = ()
    trackers: Reading | None = None
    """The newest day's reading with the most seeders; `seeders` is a number."""
    dht: Reading | None = None

    @property
    def regions(self) -> int:
        return len({replica.region for replica in self.replicas})

    @property
    def operators(self) -> int:
        return len({replica.operator for replica in self.replicas})

    @property
    def seeders(self) -> int | None:
        return self.trackers.seeders if self.trackers else None

    @property
    def band(self) -> Band:
        if self.seeders is None:
            return Band.UNKNOWN
        return Band.FEW if self.seeders < 4 else Band.SOME if self.seeders <= 10 else Band.MANY


@dataclass(frozen=True, slots=True)
class HealthReport:
    """What an archive tells of its volumes' copies."""

    edition: EditionId
    on: str
    """The day of the report, ISO 8601."""
    volumes: tuple[VolumeHealth, ...]

    def proved(self) -> dict[str, int]:
        """Volumes by number of proved replicas: 0, 1, 2, and three or more together."""
        counts = Counter(min(len(volume.replicas), 3) for volume in self.volumes)
        return {name: counts[number] for number, name in enumerate(("0", "1", "2", "3 or more"))}

    def claimed(self) -> dict[str, int]:
        """Volumes by band of the seeders that trackers claim."""
        counts = Counter(volume.band for volume in self.volumes)
        return {str(band): counts[band] for band in Band}
