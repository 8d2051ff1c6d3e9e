"""What trackers say of torrents, as far as it can be believed at all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

TRIES: Final = 3
"""How often a tracker is asked the same before it counts as silent."""

_MOST_PEERS: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class Counts:
    """What a tracker claims of one torrent."""

    seeders: int
    leechers: int


Scraped = dict[str, Counts]
"""By infohash, 40 hexadecimal digits; what the tracker tells wrongly, or not at all, is missing."""


def believable(seeders: object, leechers: object) -> Counts | None:
    """None for what can't be a number of peers."""
    if not (isinstance(seeders, int) and isinstance(leechers, int)):
        return None
    possible = 0 <= seeders < _MOST_PEERS and 0 <= leechers < _MOST_PEERS
    return Counts(seeders, leechers) if possible else None


def batches(infohashes: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(infohashes), size):
        yield infohashes[start : start + size]
