"""Which mirrors an archive knows: `health/mirrors.json`, kept by its operator."""

from collections.abc import Iterable
from pathlib import Path

from tenuto.formats.challenge import mirror_key
from tenuto.formats.health import read_mirrors, write_mirrors
from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import NotFoundError, UsageError
from tenuto.model.health import Mirror, MirrorKey

_LIST = "`tenuto health mirror list` has those that are registered"


class Registry:
    """Opens its file anew each time; one writer at a time is its caller's business."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def mirrors(self) -> tuple[Mirror, ...]:
        """By name; empty before the first one."""
        try:
            return read_mirrors(self._path.read_bytes())
        except FileNotFoundError:
            return ()

    def find(self, name: str) -> Mirror:
        found = next((mirror for mirror in self.mirrors() if mirror.name == name), None)
        if found is None:
            raise NotFoundError("no mirror of this name", where=name, remedy=_LIST)
        return found

    def by_key(self, key: MirrorKey) -> Mirror:
        found = next((mirror for mirror in self.mirrors() if mirror.key == key), None)
        if found is None:
            raise NotFoundError("no mirror with this key is registered", where=key, remedy=_LIST)
        return found

    def add(self, mirror: Mirror) -> None:
        """`UsageError` where its name or key is taken; `BadInputError` where its key can't be one."""
        mirror_key(mirror.key)
        for other in self.mirrors():
            if mirror.name == other.name or mirror.key == other.key:
                raise UsageError(
                    "its name or key is registered already",
                    where=other.name,
                    remedy="Remove that mirror first, or choose another name",
                )
        self._write((*self.mirrors(), mirror))

    def remove(self, name: str) -> None:
        """`NotFoundError`. Its proofs stay in the history, and count no more."""
        gone = self.find(name)
        self._write(mirror for mirror in self.mirrors() if mirror != gone)

    def _write(self, mirrors: Iterable[Mirror]) -> None:
        self._path.parent.mkdir(exist_ok=True)
        atomic_write_bytes(self._path, write_mirrors(mirrors))
