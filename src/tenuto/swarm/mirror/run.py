"""One update of a mirror: metadata, then the edition's papers, then its volumes, one after the other."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tenuto.formats.edition import read_edition, read_files
from tenuto.formats.paths import component_fault
from tenuto.formats.withdrawals import WITHDRAWALS
from tenuto.fsync import fsync_directory
from tenuto.model.edition import EditionSummary, VolumeSummary
from tenuto.model.errors import FixityError, NotFoundError, SpaceError, TenutoError
from tenuto.model.ids import EditionId
from tenuto.model.ports import Reporter
from tenuto.pointers import read_pointer, write_pointer
from tenuto.swarm.download import Asked
from tenuto.swarm.mirror.fetch import HttpFetcher
from tenuto.swarm.mirror.follow import Follower, newest_edition
from tenuto.swarm.mirror.held import Held, open_held
from tenuto.swarm.mirror.layout import MirrorFolder
from tenuto.swarm.mirror.volume import WantedVolume, bring_volume
from tenuto.swarm.mirror.withdraw import drop_withdrawn, learn, withdrawn_places
from tenuto.swarm.session import SessionSettings, open_session


@dataclass(frozen=True, slots=True)
class MirrorOptions:
    """`trusted`: root metadata to begin with. `volumes`: only these. `timeout`: seconds without a byte."""

    trusted: bytes | None = None
    volumes: Sequence[str] = ()
    peers: Sequence[tuple[str, int]] = ()
    trackers: Sequence[str] = ()
    settings: SessionSettings = field(default_factory=SessionSettings)
    timeout: float = 60
    delete: bool = False
    """Deletes volumes that the archive no longer publishes; otherwise they are only named."""


@dataclass(slots=True)
class Mirrored:
    """What an update came to: wanted volumes = brought + kept + failed, by name."""

    edition: EditionId
    brought: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    to_delete: list[str] = field(default_factory=list)
    """No longer published, and still here."""
    withdrawn: list[str] = field(default_factory=list)
    """Files that the archive withdrew, as `<volume>/<path>`: deleted at once."""
    reused_bytes: int = 0
    received_bytes: int = 0


def mirror(
    url: str, folder: MirrorFolder, options: MirrorOptions, fetcher: HttpFetcher, reporter: Reporter
) -> Mirrored:
    """Brings the mirror to the archive's newest edition; goes on with what a killed run left.

    `FixityError` where the metadata don't hold (nothing has changed then), `NetworkError`, `SpaceError`. A
    volume that can't be had is a fault, and the others go on.
    """
    reporter.phase("metadata")
    edition = newest_edition(url, fetcher)
    follower = Follower(url, edition, folder.state, fetcher, options.trusted)
    summary = _bring_edition(folder, edition, follower, reporter)
    with open_held(folder.held) as held:
        update = _Update(folder, summary, options, held, reporter)
        update.withdraw()
        update.bring()
        update.clear()
    return update.done


def would_mirror(
    url: str, folder: MirrorFolder, options: MirrorOptions, fetcher: HttpFetcher, scratch: Path
) -> Mirrored:
    """The same decisions on a copy of the state below `scratch`; nothing in the mirror changes."""
    summary, follower = look_at_edition(url, folder, options.trusted, fetcher, scratch)
    wanted = _wanted(summary, options.volumes)
    missing = [volume for volume in wanted if not (folder.volumes / volume.name).is_dir()]
    done = Mirrored(summary.id, [volume.name for volume in missing])
    done.kept = [volume.name for volume in wanted if volume not in missing]
    done.received_bytes = sum(volume.bytes for volume in missing)
    done.to_delete = [path.name for path in _strange(folder.volumes, _names(summary))]
    if folder.held.is_file():
        with open_held(folder.held, read_only=True) as held:
            withdrawals = follower.paper(WITHDRAWALS, scratch)
            places = withdrawn_places(held, withdrawals, lambda: follower.fetch("index.parquet", scratch))
        done.withdrawn = [f"{volume}/{path}" for volume, path in places]
    return done


def look_at_edition(
    url: str, folder: MirrorFolder | None, trusted: bytes | None, fetcher: HttpFetcher, scratch: Path
) -> tuple[EditionSummary, Follower]:
    """The newest edition, verified, and who fetches its files. Nothing in the mirror, if any, changes.

    `scratch`: an empty folder; a copy of the mirror's state goes there, so a rollback is refused here too.
    """
    state = scratch / "state"
    if folder and folder.state.is_dir():
        shutil.copytree(folder.state, state, symlinks=True)
    else:
        state.mkdir()
    edition = newest_edition(url, fetcher)
    follower = Follower(url, edition, state, fetcher, trusted)
    return checked_edition(follower.paper("edition.json", scratch), edition), follower


def _bring_edition(
    folder: MirrorFolder, edition: EditionId, follower: Follower, reporter: Reporter
) -> EditionSummary:
    """Points to the edition when all of its own files are here, as signed."""
    target, current = folder.editions / edition, read_pointer(folder.editions)
    if not follower.is_as_signed(target):
        follower.bring(target, folder.editions / current if current else None, reporter)
    try:
        summary = checked_edition((target / "edition.json").read_bytes(), edition)
    except TenutoError:
        shutil.rmtree(target)
        raise
    write_pointer(folder.editions, edition)
    return summary


def checked_edition(data: bytes, edition: EditionId) -> EditionSummary:
    """Signed, but not believed blindly: volumes' names become folders' names here."""
    summary = read_edition(data)
    if summary.id != edition:
        raise FixityError(f"the folder of {edition} holds edition {summary.id}", where=edition)
    for volume in summary.volumes:
        if fault := component_fault(volume.name):
            raise FixityError(f"a volume with an unsafe name: {fault}", where=edition)
    return summary


class _Update:
    """The volumes of one update."""

    def __init__(
        self,
        folder: MirrorFolder,
        summary: EditionSummary,
        options: MirrorOptions,
        held: Held,
        reporter: Reporter,
    ) -> None:
        self._folder, self._summary, self._options = folder, summary, options
        self._held, self._reporter = held, reporter
        self.done = Mirrored(summary.id)

    def withdraw(self) -> None:
        """First, and without asking: the archive may not publish these any more, so neither may we."""
        unpublished = _strange(self._folder.volumes, _names(self._summary))
        learn(self._folder, self._held, (path.name for path in unpublished))
        for path in _strange(self._folder.incoming, _names(self._summary)):
            shutil.rmtree(path)
        edition = self._folder.editions / self._summary.id
        withdrawals = (edition / WITHDRAWALS).read_bytes()
        places = withdrawn_places(self._held, withdrawals, lambda: edition / "index.parquet")
        self.done.withdrawn = drop_withdrawn(self._folder, self._held, places)

    def bring(self) -> None:
        """What is wanted and isn't here."""
        missing = []
        for volume in _wanted(self._summary, self._options.volumes):
            if (self._folder.volumes / volume.name).is_dir():
                self._keep(volume)
            else:
                missing.append(volume)
        if missing:
            session, _ = open_session(self._options.settings)
            peers, trackers = tuple(self._options.peers), tuple(self._options.trackers)
            asked = Asked(session, peers, trackers, self._options.timeout)
            for volume in missing:
                self._bring(volume, asked)

    def clear(self) -> None:
        """Volumes that the edition no longer publishes.

        None is deleted while a volume is still missing: it may need the files.
        """
        for path in self._folder.editions.iterdir():
            if path.is_dir() and path.name != self._summary.id:
                shutil.rmtree(path)
        delete = self._options.delete and not self.done.failed
        for path in _strange(self._folder.volumes, _names(self._summary)):
            if delete:
                self._held.drop(path.name)
                shutil.rmtree(path)
            (self.done.deleted if delete else self.done.to_delete).append(path.name)
        fsync_directory(self._folder.volumes)

    def _keep(self, volume: VolumeSummary) -> None:
        self.done.kept.append(volume.name)
        if not self._held.knows(volume.name):
            self._held.add(volume.name, self._described(volume).entries)

    def _bring(self, volume: VolumeSummary, asked: Asked) -> None:
        try:
            wanted = self._described(volume)
            brought = bring_volume(wanted, self._folder, self._held, asked, self._reporter)
        except SpaceError:
            raise
        except TenutoError as error:
            self._reporter.fault(volume.name, str(error))
            self.done.failed[volume.name] = str(error)
            return
        self.done.brought.append(volume.name)
        self.done.reused_bytes += brought.reused
        self.done.received_bytes += brought.received

    def _described(self, volume: VolumeSummary) -> WantedVolume:
        papers = self._folder.editions / self._summary.id / "volumes"
        return WantedVolume(
            volume.name,
            (papers / f"{volume.name}.torrent").read_bytes(),
            read_files((papers / f"{volume.name}.files.json").read_bytes()),
        )


def _wanted(summary: EditionSummary, names: Sequence[str]) -> list[VolumeSummary]:
    """All volumes, or those that were named. `NotFoundError` for a name that isn't published."""
    known = {volume.name: volume for volume in summary.volumes}
    if unknown := sorted(set(names) - known.keys()):
        raise NotFoundError(
            f"no such volume in edition {summary.id}",
            where=unknown[0],
            remedy="Its edition.json has the names",
        )
    return [volume for name, volume in known.items() if not names or name in names]


def _names(summary: EditionSummary) -> set[str]:
    return {volume.name for volume in summary.volumes}


def _strange(folder: Path, published: set[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.name not in published)
