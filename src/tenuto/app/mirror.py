"""A mirror of somebody's archive: what the commands do with its folder. No archive is needed."""

import tempfile
from functools import partial
from pathlib import Path

from tenuto import __version__
from tenuto.app.swarm import most_heard_first, read_entries, volume_torrents
from tenuto.formats.challenge import public_id
from tenuto.keyfile import make_private_key
from tenuto.model.edition import EditionSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.health import MirrorKey
from tenuto.model.ports import Reporter
from tenuto.swarm.health.answer import answer_challenge
from tenuto.swarm.mirror import (
    Mirrored,
    MirrorFolder,
    MirrorOptions,
    fingerprint,
    first_root,
    mirror,
    open_fetcher,
    open_mirror,
    optional_file,
    would_mirror,
)
from tenuto.swarm.volume import SeedVolume

_USER_AGENT = f"Tenuto/{__version__}"


def offered_root(url: str) -> tuple[bytes, str]:
    """The root metadata that a server offers, and its fingerprint for the mirror's keeper to compare."""
    with open_fetcher(_USER_AGENT) as fetcher:
        root = first_root(_base(url), fetcher)
    return root, fingerprint(root)


def fetched(url: str, longest: int) -> bytes:
    """An unsigned file at a URL, of at most so many bytes. `NotFoundError`, `NetworkError`, `FixityError`."""
    with open_fetcher(_USER_AGENT) as fetcher:
        found = optional_file(url, fetcher, longest)
    if found is None:
        raise NotFoundError("no such file there", where=url)
    return found


def update_mirror(
    url: str, root: Path, options: MirrorOptions, reporter: Reporter, *, dry_run: bool = False
) -> Mirrored:
    """Makes the mirror at `root`, or brings it to the archive's newest edition. `TenutoError`."""
    with open_fetcher(_USER_AGENT) as fetcher:
        if dry_run:
            with tempfile.TemporaryDirectory(prefix="tenuto-mirror-") as scratch:
                return would_mirror(_base(url), MirrorFolder(root), options, fetcher, Path(scratch))
        with open_mirror(root, _base(url)) as folder:
            return mirror(_base(url), folder, options, fetcher, reporter)


def mirrored_volumes(mirrored: MirrorFolder) -> tuple[EditionSummary, list[SeedVolume]]:
    """The current edition's volumes that are here, each with its twin where it has one, for the seeder."""
    mirrored.url()
    folder, edition = mirrored.current()
    here = [volume for volume in most_heard_first(edition) if (mirrored.volumes / volume.name).is_dir()]
    papers = folder / "volumes"
    return edition, [
        torrent
        for volume in here
        for torrent in volume_torrents(volume, papers, partial(_files, mirrored, papers, volume.name))
    ]


def mirror_id(root: Path) -> MirrorKey:
    """The public id of the mirror at `root`; its key is made the first time. `NotFoundError`."""
    folder = MirrorFolder(root)
    folder.url()
    return public_id(make_private_key(folder.key))


def answer_for(root: Path, challenge: bytes, reporter: Reporter) -> bytes:
    """As `answer_challenge`."""
    return answer_challenge(challenge, MirrorFolder(root), reporter)


def _files(mirrored: MirrorFolder, papers: Path, volume: str) -> dict[str, Path]:
    return {entry.path: mirrored.volumes / volume / entry.path for entry in read_entries(papers, volume)}


def _base(url: str) -> str:
    return url.rstrip("/")
