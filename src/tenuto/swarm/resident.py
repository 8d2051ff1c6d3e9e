"""Which torrents are loaded, within a limit of memory: who isn't used makes room for who is asked for."""

from collections import OrderedDict
from collections.abc import Callable, Iterator


class Resident:
    """Costs and `limit` are bytes. Knows no torrent, only its infohash."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._costs: OrderedDict[str, int] = OrderedDict()
        """By last use, the longest ago first."""
        self.bytes = 0

    def __iter__(self) -> Iterator[str]:
        return iter(self._costs)

    @property
    def is_full(self) -> bool:
        return self.bytes >= self._limit

    def put(self, infohash: str, cost: int) -> None:
        self.drop(infohash)
        self._costs[infohash] = cost
        self.bytes += cost

    def drop(self, infohash: str) -> None:
        """Nothing happens where it isn't loaded."""
        self.bytes -= self._costs.pop(infohash, 0)

    def used(self, infohash: str) -> None:
        if infohash in self._costs:
            self._costs.move_to_end(infohash)

    def leavers(self, cost: int, is_idle: Callable[[str], bool]) -> list[str] | None:
        """Who must go so that `cost` more fit: idle ones, the longest unused first.

        None where even all idle ones leave no room. What is larger than the limit has room for itself alone.
        """
        leavers, left = [], self.bytes
        for infohash, its_cost in self._costs.items():
            if left + cost <= self._limit:
                break
            if is_idle(infohash):
                leavers.append(infohash)
                left -= its_cost
        return leavers if left == 0 or left + cost <= self._limit else None
