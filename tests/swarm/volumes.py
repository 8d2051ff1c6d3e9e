"""Makes a small published volume: objects named by their SHA-256, a hybrid torrent and its v1 twin."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

from tenuto.formats.digests import digests_of
from tenuto.formats.torrent import Assembled, TorrentFile, assemble
from tenuto.model.objects import ObjectDigests
from tenuto.swarm.volume import SeedVolume

NAME = "e0001-080-100"


@dataclass(frozen=True)
class Published:
    folder: Path
    contents: dict[str, bytes]
    digests: dict[str, ObjectDigests]
    objects: dict[str, Path]
    assembled: Assembled
    hybrid: Path
    twin: Path

    def volume(self, *, twin: bool = False) -> SeedVolume:
        made = self.assembled
        if twin:
            return SeedVolume(NAME, self.twin, made.infohash_twin, None, lambda: self.objects)
        return SeedVolume(NAME, self.hybrid, made.infohash_v1, made.infohash_v2, lambda: self.objects)

    @property
    def length(self) -> int:
        return sum(len(data) for data in self.contents.values())

    def infohashes(self) -> list[str]:
        """As a tracker's whitelist takes them."""
        made = self.assembled
        return [each for each in (made.infohash_v1, made.infohash_v2[:40], made.infohash_twin) if each]

    def damage(self, path: str) -> bytes:
        """Bit rot in the second piece of an object; returns what was there."""
        whole = self.contents[path]
        rotten = bytearray(whole)
        rotten[600_000] ^= 1
        self.repair(path, bytes(rotten))
        return whole

    def repair(self, path: str, data: bytes) -> None:
        """Writes into an object, which nothing but a test may do."""
        self.objects[path].chmod(0o644)
        self.objects[path].write_bytes(data)
        self.objects[path].chmod(0o444)

    def identical(self, downloads: Path) -> bool:
        """Whether a download holds every file byte for byte, and no other file but pad files."""
        root = downloads / NAME
        found = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
        return {path: data for path, data in found.items() if not path.startswith(".pad/")} == self.contents


def publish(folder: Path, *, files: int = 6, seed: int = 1) -> Published:
    """Files of 1 byte to about 3 MB, with a SHA256SUMS like a real volume's."""
    random = Random(seed)
    lengths = [300_000 + 523_456 * i for i in range(files - 1)] + [1]
    contents = {f"080-100/artist-{i}/title-{i}.ogg": random.randbytes(n) for i, n in enumerate(lengths)}
    digests = {path: digests_of(data) for path, data in contents.items()}
    sums = "".join(f"{digests[path].sha256}  {path}\n" for path in sorted(contents)).encode()
    contents["SHA256SUMS"], digests["SHA256SUMS"] = sums, digests_of(sums)
    objects = {path: _store(folder / "objects", digests[path], data) for path, data in contents.items()}
    order = sorted(contents, key=lambda path: [part.encode() for part in path.split("/")])
    assembled = assemble(NAME, [TorrentFile(tuple(path.split("/")), digests[path]) for path in order])
    hybrid, twin = folder / f"{NAME}.torrent", folder / f"{NAME}.v1.torrent"
    hybrid.write_bytes(assembled.hybrid)
    twin.write_bytes(assembled.twin or b"")
    return Published(folder, contents, digests, objects, assembled, hybrid, twin)


def _store(objects: Path, digests: ObjectDigests, data: bytes) -> Path:
    path = objects / digests.sha256[:2] / digests.sha256[2:4] / digests.sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o444)
    return path
