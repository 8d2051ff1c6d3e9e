"""What this machine should hold of an archive's volumes, out of a published or mirrored edition."""

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

import msgspec

from tenuto import __version__
from tenuto.formats.edition import read_edition
from tenuto.formats.health import HEALTH, read_health
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.errors import BadInputError, NotFoundError, UsageError
from tenuto.model.health import HealthReport, Reading, VolumeHealth
from tenuto.pointers import read_pointer
from tenuto.swarm.clients import Torrent
from tenuto.swarm.health.choose import Choice, choose
from tenuto.swarm.mirror import MirrorFolder, checked_edition, look_at_edition, open_fetcher, optional_file

LONGEST_REPORT = 256 * 2**20
_USER_AGENT = f"Tenuto/{__version__}"


@dataclass(frozen=True, slots=True)
class Published:
    """An edition to choose from. `base`: URL or path of its folder. `read`: one of its files, by path."""

    edition: EditionSummary
    base: str
    read: Callable[[str], bytes]
    report: bytes | None
    """The `health.json` beside it, where there is one."""

    def torrent_place(self, volume: VolumeSummary) -> str:
        """URL or path of the `.torrent`."""
        return f"{self.base}/volumes/{volume.name}.torrent"

    def torrents(self, volumes: Iterable[VolumeSummary], *, twin: bool) -> Iterator[Torrent]:
        """The v1 twin where it is wanted and there is one."""
        for volume in volumes:
            suffix = ".v1.torrent" if twin and volume.infohash_twin else ".torrent"
            data = self.read(f"volumes/{volume.name}{suffix}")
            yield Torrent(volume.name, volume.infohashes, data)


@contextmanager
def open_published(place: str, mirror: Path | None, trusted: bytes | None) -> Iterator[Published]:
    """The newest edition at the URL, or in the folder: of editions, of one edition, or a mirror's.

    Over the network everything is verified, beginning with what `mirror` trusts, or the root metadata
    `trusted`. `NotFoundError`, `UsageError` where nothing says which keys to trust.
    """
    if place.startswith(("http://", "https://")):
        base = place.rstrip("/")
        with open_fetcher(_USER_AGENT) as fetcher, tempfile.TemporaryDirectory(prefix="tenuto-") as scratch:
            folder = MirrorFolder(mirror) if mirror else None
            edition, follower = look_at_edition(base, folder, trusted, fetcher, Path(scratch))
            report = optional_file(f"{base}/{HEALTH}", fetcher, LONGEST_REPORT)

            def read(path: str) -> bytes:
                return follower.paper(path, Path(scratch))

            yield Published(edition, f"{base}/{edition.id}", read, report)
    else:
        yield _published_folder(_edition_folder(Path(place)))


def adopt(
    published: Published, report: bytes | None, *, space: int, seed: str, today: date, mirror: Path | None
) -> Choice:
    """What to hold. `report`: a `health.json`; None: the edition's own, if any. `mirror`: what is here.

    A volume of which an older revision is here counts as here: the mirror takes its place at the next update.
    """
    held = _held(mirror) if mirror else set()
    known = _known(report or published.report)
    volumes = []
    for volume in published.edition.volumes:
        health = known.get(volume.infohash_v2, VolumeHealth(volume.name, volume.infohash_v2, volume.bytes))
        volumes.append(replace(health, name=volume.name, bytes=volume.bytes))
    here = {v.name for v in published.edition.volumes if v.name in held or v.replaces in held}
    return choose(volumes, space=space, seed=seed, today=today, held=here)


def _published_folder(folder: Path) -> Published:
    """Volumes' names become files' names, so they are looked at here too."""
    data, report = (folder / "edition.json").read_bytes(), folder.parent / HEALTH
    return Published(
        checked_edition(data, read_edition(data).id),
        str(folder),
        lambda path: (folder / path).read_bytes(),
        report.read_bytes() if report.is_file() else None,
    )


def _known(report: bytes | None) -> dict[str, VolumeHealth]:
    return {volume.infohash_v2: volume for volume in _checked(report).volumes} if report else {}


def _checked(data: bytes) -> HealthReport:
    """Days are days and counts are counts: the report may be a stranger's."""
    report = read_health(data)
    for volume in report.volumes:
        if volume.trackers and not _is_possible(volume.trackers):
            raise BadInputError("a reading that can't be", where=f"{HEALTH}, {volume.name}")
    return report


def _is_possible(reading: Reading) -> bool:
    try:
        date.fromisoformat(reading.day)
    except ValueError:
        return False
    return (reading.seeders or 0) >= 0


def _held(mirror: Path) -> set[str]:
    folder = MirrorFolder(mirror)
    folder.url()
    return {path.name for path in folder.volumes.iterdir() if path.is_dir()}


def _edition_folder(place: Path) -> Path:
    if (place / "edition.json").is_file():
        return place
    for folder in (place, place / "editions"):
        newest = read_pointer(folder)
        if newest and (folder / newest / "edition.json").is_file():
            return folder / newest
    raise NotFoundError(
        "no edition there", where=str(place), remedy="Give an edition's folder, a mirror's, or a URL"
    )


class _Chosen(msgspec.Struct):
    name: str


class _ChoiceFile(msgspec.Struct):
    """What of `tenuto adopt --json` a mirror needs."""

    schema: Literal["tenuto/adopt/1"]
    volumes: list[_Chosen]


def adopted_volumes(document: bytes) -> list[str]:
    """The names that `tenuto adopt --json` chose. `BadInputError`; `UsageError` where it chose none."""
    try:
        names = [volume.name for volume in msgspec.json.decode(document, type=_ChoiceFile).volumes]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"not what `tenuto adopt --json` prints: {error}", where="--adopted") from error
    if not names:
        raise UsageError("nothing was adopted", where="--adopted", remedy="Adopt with more --space")
    return names
