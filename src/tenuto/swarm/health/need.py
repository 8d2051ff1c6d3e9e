"""Which volumes need another copy most. Pure."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from tenuto.model.health import VolumeHealth

CLAIM_WORTH: Final = 0.25
"""A claimed seeder against a proved replica: trackers count whoever says so."""

HALF_LIFE_DAYS: Final = 30
"""After so long, a tracker's claim counts half."""

STEEPNESS: Final = 3
"""How much more often a volume with fewer copies is chosen: (1 + copies)^-3."""

_NEVER: Final = "0000-00-00"


def neediest(volumes: Iterable[VolumeHealth]) -> list[VolumeHealth]:
    """Fewest proved replicas first, then fewest claimed seeders, oldest reading, fewest regions, operators.

    A volume of which nobody has read anything counts as one without seeders.
    """
    return sorted(
        volumes,
        key=lambda each: (
            len(each.replicas),
            each.seeders or 0,
            each.trackers.day if each.trackers else _NEVER,
            each.regions,
            each.operators,
            each.name,
        ),
    )


def is_orphan(volume: VolumeHealth) -> bool:
    """No proved replica, and no seeder that any tracker knows of."""
    return not volume.replicas and not volume.seeders


def copies(volume: VolumeHealth, today: date) -> float:
    """What its copies outside the archive are worth, in independent proved replicas.

    Replicas that share a region or an operator can go together: the mean of the numbers of replicas,
    regions and operators counts. A claimed seeder is worth a quarter, less as the reading ages.
    """
    proved = (len(volume.replicas) + volume.regions + volume.operators) / 3
    if not volume.trackers:
        return proved
    age = max(0, (today - date.fromisoformat(volume.trackers.day)).days)
    return proved + CLAIM_WORTH * float((volume.trackers.seeders or 0) * 0.5 ** (age / HALF_LIFE_DAYS))


def weight(volume: VolumeHealth, today: date) -> float:
    """How likely it should be chosen, against others; 1 for a volume without any copy."""
    return float((1 + copies(volume, today)) ** -STEEPNESS)
