"""Duplicates among what is held: compared, written as tables of the archive, read."""

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Final

from tenuto.app.archive import Archive
from tenuto.audio.alike import Values
from tenuto.audio.duplicates import Duplicates
from tenuto.audio.fingerprint import available, decoded
from tenuto.audio.index import Entry, Index
from tenuto.formats import duplicates as files
from tenuto.fsync import atomic_file, atomic_write_bytes, fsync_directory
from tenuto.ledger import SqliteLedger
from tenuto.model.audio import Characterisation, Integrity
from tenuto.model.duplicates import DuplicatesSummary, Member, Pair, Tie
from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ids import DuplicatesId, RecordingId, Sha256
from tenuto.model.ports import Reporter
from tenuto.pointers import read_pointer, write_pointer

INDEX: Final = "index"
CLUSTERS, PAIRS, DOUBTS, SUMMARY = "clusters.parquet", "pairs.parquet", "doubts.parquet", "duplicates.json"
_KEPT: Final = 10_000
"""Fingerprints kept while pairs are compared, some 40 MB."""


def find_duplicates(archive: Archive, ledger: SqliteLedger, reporter: Reporter) -> DuplicatesSummary:
    """Compares what is held and new with all that is held; what was compared before isn't again."""
    scratch = archive.duplicates / ".scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)

    @lru_cache(maxsize=_KEPT)
    def fingerprint_of(name: Sha256) -> Values | None:
        about = ledger.characterisation(name)
        return None if about is None else _values(about)

    index = Index(archive.duplicates / INDEX, scratch)
    memory = f"{archive.config.number('catalogue.memory')}B"
    try:
        with Duplicates(index, scratch, memory=memory) as found:
            found.hold(ledger.holdings())
            reporter.phase("fingerprints")
            index.add(_entries(found.unknown(), ledger, reporter), fingerprint_of)
            reporter.phase("duplicates")
            found.settle()
            return _write(archive.duplicates, found)
    finally:
        shutil.rmtree(scratch)


def current_duplicates(archive: Archive) -> DuplicatesSummary:
    """What the current tables come to. `NotFoundError` before the first ones."""
    return files.decode_summary((_found(archive) / SUMMARY).read_bytes())


def current_pairs(archive: Archive, *, doubtful: bool) -> Iterator[Pair]:
    """Each pair from both sides. `NotFoundError` before the first tables."""
    return files.read_pairs(_found(archive) / (DOUBTS if doubtful else PAIRS))


def current_members(archive: Archive) -> Iterator[Member]:
    """By cluster and place; none before the first tables."""
    folder = _current(archive)
    return iter(()) if folder is None else files.read_members(folder / CLUSTERS)


def pairs_of(archive: Archive, recording: RecordingId) -> tuple[Pair, ...]:
    """What a recording's audio is tied to, the sure ties first; empty before the first tables."""
    folder = _current(archive)
    if folder is None:
        return ()
    return tuple(pair for name in (PAIRS, DOUBTS) for pair in files.pairs_of(folder / name, recording))


def _found(archive: Archive) -> Path:
    folder = _current(archive)
    if folder is None:
        raise NotFoundError("not looked for yet", where=str(archive.root), remedy="tenuto duplicates find")
    return folder


def _current(archive: Archive) -> Path | None:
    current = read_pointer(archive.duplicates)
    return archive.duplicates / current if current else None


def _entries(unknown: Iterator[Sha256], ledger: SqliteLedger, reporter: Reporter) -> Iterator[Entry]:
    for name in unknown:
        about = ledger.characterisation(name)
        reporter.advance()
        if about is not None:
            sound = about.integrity is Integrity.SOUND
            measured = (about.duration_ms, about.bit_rate, _values(about))
            yield Entry(name, about.essence, about.pcm_md5, sound, *measured)


def _values(about: Characterisation) -> Values | None:
    """`ConfigurationError` without the library: the index would never ask for this fingerprint again."""
    if about.fingerprint is None:
        return None
    if not available():
        raise ConfigurationError("fingerprints can't be read", remedy="Install libchromaprint1")
    return decoded(about.fingerprint)


def _write(folder: Path, found: Duplicates) -> DuplicatesSummary:
    """All files in a folder of their own, which gets its name when they are durable."""
    partial = folder / ".part"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    ties: Counter[Tie] = Counter()
    places: Counter[bool] = Counter()
    with atomic_file(partial / CLUSTERS) as path:
        files.write_members(path, _counted_members(found.members(), places))
    for name, doubtful in ((PAIRS, False), (DOUBTS, True)):
        with atomic_file(partial / name) as path:
            files.write_pairs(path, _counted_pairs(found.pairs(doubtful=doubtful), ties))
    counts = {tie: ties[tie] for tie in Tie}
    summary = DuplicatesSummary(DuplicatesId(""), found.objects(), places[True], places.total(), counts)
    identity, document = files.encode_summary(
        summary, {name: _sha256(partial / name) for name in (CLUSTERS, PAIRS, DOUBTS)}
    )
    atomic_write_bytes(partial / SUMMARY, document)
    _publish(partial, folder, identity)
    return replace(summary, id=identity)


def _publish(partial: Path, folder: Path, identity: DuplicatesId) -> None:
    """Under its id. The tables before it stay for who is reading them; older ones are dropped."""
    before = read_pointer(folder)
    if before == identity:
        shutil.rmtree(partial)
        return
    fsync_directory(partial)
    shutil.rmtree(folder / identity, ignore_errors=True)
    partial.rename(folder / identity)
    write_pointer(folder, identity)
    for old in folder.glob("[0-9a-f]" * 16):
        if old.name not in {identity, before}:
            shutil.rmtree(old)


def _counted_pairs(pairs: Iterator[Pair], counts: Counter[Tie]) -> Iterator[Pair]:
    """Each pair once, though it stands twice."""
    for pair in pairs:
        counts[pair.tie] += pair.one < pair.other
        yield pair


def _counted_members(members: Iterator[Member], counts: Counter[bool]) -> Iterator[Member]:
    """By whether they are the best copy of their cluster."""
    for member in members:
        counts[member.place == 0] += 1
        yield member


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
