"""What a mirror should hold in the space that it has. Pure: the date and the seed are arguments.

Source: Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006): ascending -ln(u) / w is
weighted sampling without replacement.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from math import log

from tenuto.model.health import VolumeHealth
from tenuto.swarm.health.need import is_orphan, weight


@dataclass(frozen=True, slots=True)
class Choice:
    """`kept`: here already. `adopted`: to be fetched, in the order in which they were chosen."""

    kept: tuple[VolumeHealth, ...]
    adopted: tuple[VolumeHealth, ...]
    too_large: int
    """Volumes that were drawn and didn't fit into what was left."""

    @property
    def bytes(self) -> int:
        return sum(volume.bytes for volume in (*self.kept, *self.adopted))


def choose(
    volumes: Sequence[VolumeHealth], *, space: int, seed: str, today: date, held: Collection[str] = ()
) -> Choice:
    """Fills `space` bytes: what is `held` (names) stays, then orphans, then the others by weighted chance.

    Mirrors with different seeds choose differently from the same data; the same seed chooses the same.
    """
    kept = tuple(volume for volume in volumes if volume.name in held)
    left = space - sum(volume.bytes for volume in kept)
    adopted, too_large = [], 0
    for volume in _drawn((volume for volume in volumes if volume.name not in held), seed, today):
        if volume.bytes <= left:
            adopted.append(volume)
            left -= volume.bytes
        else:
            too_large += 1
    return Choice(kept, tuple(adopted), too_large)


def _drawn(volumes: Iterable[VolumeHealth], seed: str, today: date) -> list[VolumeHealth]:
    return sorted(
        volumes,
        key=lambda each: (
            not is_orphan(each),
            -log(_uniform(seed, each.infohash_v2)) / weight(each, today),
            each.name,
        ),
    )


def _uniform(seed: str, infohash: str) -> float:
    """In (0, 1): the same on every machine."""
    drawn = int.from_bytes(sha256(f"{seed}\n{infohash}".encode()).digest()[:8], "big")
    return (drawn + 0.5) / 2**64
