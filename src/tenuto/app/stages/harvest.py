"""Harvest: sources into `harvest/`, each registered by its own record so that it can be harvested again."""

from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import policy
from tenuto.app.stages.network import network
from tenuto.app.stages.result import Fact, StageResult
from tenuto.formats.harvest import read_recordings_evidence
from tenuto.ledger import SqliteLedger
from tenuto.model.errors import SpaceError, TenutoError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter, Source
from tenuto.model.rights import Policy, Refusal
from tenuto.model.source import SourceDescription
from tenuto.model.work import Counts, Outcome, Stage, Status
from tenuto.rights import clear
from tenuto.sources import internet_archive, jamendo
from tenuto.sources.debian import DebianSource
from tenuto.sources.discogs import DiscogsSource
from tenuto.sources.folder import FolderSource
from tenuto.sources.harvest import HARVEST, load_description
from tenuto.sources.harvest import harvest as harvest_source
from tenuto.sources.internet_archive import InternetArchiveSource
from tenuto.sources.jamendo import JamendoSource
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.sources.musicbrainz import MusicBrainzSource
from tenuto.sources.packages import BagSource, OcflSource
from tenuto.sources.registry import open_source
from tenuto.sources.table import TableSource, load_mapping


def source_name(text: str) -> SourceName:
    """A usable source name out of a folder's, package's or file's name."""
    name = "".join(c if c.isascii() and c.isalnum() else "-" for c in text.lower()).strip("-")
    return SourceName(name[:63] or "source")


def folder_source(folder: Path, name: str | None, priority: int) -> Source:
    """Any tree of audio files."""
    return FolderSource(source_name(name or folder.resolve().name), folder, priority=priority)


def bag_source(archive: Archive, folder: Path, name: str | None, priority: int) -> Source:
    """A bag (RFC 8493)."""
    scratch = archive.cache / "bagit"
    return BagSource(source_name(name or folder.resolve().name), folder, scratch, priority=priority)


def ocfl_source(folder: Path, name: str | None, priority: int) -> Source:
    """An OCFL storage root."""
    return OcflSource(source_name(name or folder.resolve().name), folder, priority=priority)


def debian_source(archive: Archive, packages: Sequence[str], name: str | None, priority: int) -> Source:
    """Audio in named Debian packages, kept in the archive's cache."""
    return DebianSource(source_name(name or "debian"), packages, archive.cache / "debian", priority=priority)


def table_source(mapping: str, data: Path | None, name: str | None, priority: int) -> Source:
    """A table read through a mapping file, or through a shipped mapping by its name."""
    base = data or (Path(mapping).parent if Path(mapping).is_file() else Path.cwd())
    return TableSource(
        source_name(name or Path(mapping).stem), load_mapping(mapping), base, priority=priority
    )


def listenbrainz_source(
    archive: Archive, paths: Sequence[Path], *, monthly_cap: int, name: str | None, priority: int
) -> Source:
    """A full dump of listens and the incrementals after it, or popularity files."""
    return ListenBrainzSource(
        source_name(name or "listenbrainz"),
        paths,
        archive.cache / "listenbrainz",
        monthly_cap=monthly_cap,
        priority=priority,
    )


def discogs_source(folder: Path, name: str | None, priority: int) -> Source:
    """One month of Discogs' dumps."""
    return DiscogsSource(source_name(name or "discogs"), folder, priority=priority)


def internet_archive_source(
    archive: Archive, query: str, items: Sequence[str], *, url: str | None, name: str | None, priority: int
) -> Source:
    """Items of the Internet Archive, or of a server that speaks its APIs at `url`."""
    return InternetArchiveSource(
        source_name(name or "internet-archive"),
        archive.cache / "answers",
        network(archive),
        query=query,
        items=items,
        url=url or internet_archive.URL,
        priority=priority,
    )


def jamendo_source(
    archive: Archive, filters: Sequence[str], *, url: str | None, name: str | None, priority: int
) -> Source:
    """Tracks of Jamendo, or of a server that speaks its API at `url`; `filters` are `name=value`."""
    return JamendoSource(
        source_name(name or "jamendo"),
        archive.cache / "answers",
        network(archive),
        filters=filters,
        url=url or jamendo.URL,
        priority=priority,
    )


def musicbrainz_source(
    archive: Archive, paths: Sequence[Path], *, genres: bool, name: str | None, priority: int
) -> Source:
    """MusicBrainz's dump files, or folders of them; PostgreSQL's tables are joined in the archive's cache."""
    return MusicBrainzSource(
        source_name(name or "musicbrainz"),
        paths,
        archive.cache / "musicbrainz",
        genres=genres,
        priority=priority,
    )


def again(
    archive: Archive, ledger: SqliteLedger, reporter: Reporter, *, force: bool = False
) -> list[StageResult]:
    """All registered sources. One that can't be read any more fails; its last rows stay."""
    known, faults = _registered(archive)
    results = [_again(archive, ledger, description, reporter, force=force) for description in known]
    return [*results, *(_failed(ledger, name, error, reporter) for name, error in faults.items())]


def _again(
    archive: Archive, ledger: SqliteLedger, description: SourceDescription, reporter: Reporter, *, force: bool
) -> StageResult:
    try:
        return harvest(archive, ledger, open_source(description, network(archive)), reporter, force=force)
    except SpaceError:
        raise
    except TenutoError as error:
        return _failed(ledger, description.name, error, reporter)


def _failed(ledger: SqliteLedger, name: str, error: TenutoError, reporter: Reporter) -> StageResult:
    ledger.record(Stage.HARVEST, [Outcome(name, Status.FAILED, 0, str(error))])
    reporter.fault(name, str(error))
    facts: dict[str, Fact] = {"source": name, "note": "kept as last harvested"}
    return StageResult(Stage.HARVEST, Counts(1, 0, 0, 1), facts)


def registered(archive: Archive) -> list[SourceDescription]:
    """All harvested sources by priority, then name; those with a damaged record aren't among them."""
    return _registered(archive)[0]


def _registered(archive: Archive) -> tuple[list[SourceDescription], dict[str, TenutoError]]:
    found, faults = [], {}
    for path in sorted(archive.harvest.glob(f"*/{HARVEST}")):
        try:
            found.append(load_description(path.parent))
        except TenutoError as error:
            faults[path.parent.name] = error
    return sorted(found, key=lambda description: (description.priority, description.name)), faults


def harvest(
    archive: Archive, ledger: SqliteLedger, source: Source, reporter: Reporter, *, force: bool = False
) -> StageResult:
    """One source. Rejected rows are failed items, kept in the source's rejects file."""
    result = harvest_source(source, archive.harvest, reporter, force=force)
    name = result.description.name
    facts: dict[str, Fact] = {"source": name, "note": result.skipped or "read"}
    if not result.skipped:
        length = sum(segment.stat().st_size for segment in result.segments)
        ledger.record(Stage.HARVEST, [Outcome(name, Status.DONE, length)])
        facts |= _rights(result.segments, policy(archive.config))
    return StageResult(Stage.HARVEST, result.counts, facts)


def _rights(segments: Sequence[Path], rules: Policy) -> dict[str, Fact]:
    """How the recording rows would be decided, each by itself; nothing where all rows speak of listens."""
    cleared, refused = 0, Counter[str]()
    for evidence in chain.from_iterable(map(read_recordings_evidence, segments)):
        verdict = clear(None, evidence, rules)
        if isinstance(verdict, Refusal):
            refused[verdict.reason] += 1
        else:
            cleared += 1
    if not cleared and not refused:
        return {}
    return {"cleared": cleared, "refused": dict(sorted(refused.items()))}
