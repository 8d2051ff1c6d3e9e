"""A simulated archive behind the real `ArchiveView`: sixty invented recordings, no person named.

Everything follows from the recording's rank, so that tests can say beforehand what a page must show:
ranks divisible by 5 are dark for a reason that changes, by 7 hold nothing, the rest is published.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from blake3 import blake3

from tenuto.model.audio import Characterisation, Integrity, Loudness
from tenuto.model.catalogue import (
    Bar,
    ListensBasis,
    Popularity,
    RecordingDetail,
    RecordingSummary,
    SnapshotSummary,
    SourceRowRef,
    Statistics,
    TrackPlace,
)
from tenuto.model.edition import EditionSummary, PublishedPlace, VolumeSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import (
    EditionId,
    PlanId,
    RecordingId,
    Sha256,
    SnapshotId,
    SourceKey,
    SourceName,
    artist_id,
    recording_id,
    release_id,
)
from tenuto.model.objects import BLOCK_LENGTH, Holding, ObjectDigests
from tenuto.model.plan import CurvePoint, PlanSummary, Tier
from tenuto.model.rights import Cleared, Evidence, EvidenceKind, Policy, Refusal, RefusalReason
from tenuto.model.source import Access, Identifier, Listens, Location, Scheme, SourceDescription
from tenuto.model.work import Counts, Stage
from tenuto.rights import clear

COUNT: Final = 60
HOSTILE_RANK: Final = 11
"""Its title is markup: pages must escape it."""
SCRIPT_ADDRESS_RANK: Final = 15
"""Its licence is a script address: pages must not link it."""
MERGED_ID: Final = RecordingId("00000000-0000-5000-8000-000000000001")
"""Redirects to rank 0."""
SNAPSHOT: Final = SnapshotId("5d0c2f6a91b74e38")
EDITION: Final = EditionId("e0002")

_SHELF: Final = SourceName("shelf")
_PLAYS: Final = SourceName("plays")
_FORMS = ("Study", "Canon", "Nocturne", "Interlude", "March", "Rondo", "Étude", "Drone", "Sarabande", "Loop")
_KEYS = ("C", "D minor", "E flat", "F sharp minor", "G", "A minor")
_GROUPS = (
    "The Paper Lanterns",
    "Northbound Signal",
    "Harbour Ensemble",
    "Quiet Machines",
    "Ældre Rum",
    "Seven Kettles",
    "The Long Corridor Municipal Wind and Percussion Orchestra",
    "夜の電車",
)
_LICENCES = (
    ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
    ("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/"),
    ("CC-BY-SA-3.0", "https://creativecommons.org/licenses/by-sa/3.0/"),
)
_DARK: Final = (
    (RefusalReason.NO_EVIDENCE, ()),
    (
        RefusalReason.WEAK_EVIDENCE,
        (
            Evidence(
                EvidenceKind.DEP5_WILDCARD, "CC-BY-3.0", "debian/copyright, stanza Files: *", "the group"
            ),
        ),
    ),
    (
        RefusalReason.NOT_FREE,
        (Evidence(EvidenceKind.TAG, "https://creativecommons.org/licenses/by-nc/4.0/", "tag LICENSE"),),
    ),
    (RefusalReason.UNKNOWN_STATEMENT, (Evidence(EvidenceKind.TAG, "javascript:alert(1)", "tag LICENSE"),)),
    (
        RefusalReason.CONFLICT,
        (
            Evidence(EvidenceKind.TAG, "CC-BY-4.0", "tag LICENSE"),
            Evidence(EvidenceKind.TABLE, "https://rightsstatements.org/vocab/InC/1.0/", "column rights"),
        ),
    ),
)


class SimulatedCatalogue:
    """A `CatalogueReader` over sixty recordings in memory."""

    def __init__(self, basis: ListensBasis) -> None:
        self._basis = basis
        self.details = tuple(_detail(rank, basis) for rank in range(COUNT))
        self._by_id = {detail.summary.id: detail for detail in self.details}

    def summary(self) -> SnapshotSummary:
        counts = {"recordings": COUNT, "releases": 12, "artists": len(_GROUPS), "source_rows": 2 * COUNT}
        bases = Counter(detail.summary.popularity.basis for detail in self.details)
        sources = ((_SHELF, "sha256:4be1"), (_PLAYS, "2014-06"))
        return SnapshotSummary(SNAPSHOT, None, counts, dict(bases), self.total, sources)

    @property
    def total(self) -> float:
        """All listens."""
        return sum(detail.summary.popularity.listens for detail in self.details)

    def search(self, query: str, *, limit: int = 20, offset: int = 0) -> Sequence[RecordingSummary]:
        words = query.casefold().split()
        found = [d.summary for d in self.details if all(_has_prefix(d.summary, word) for word in words)]
        return found[offset : offset + limit]

    def show(self, identifier: str) -> RecordingDetail:
        for detail in self.details:
            if any(known.value == identifier for known in detail.identifiers):
                return detail
        return self._by_id[self.resolve(RecordingId(identifier))]

    def resolve(self, recording: RecordingId) -> RecordingId:
        if recording == MERGED_ID:
            return self.details[0].summary.id
        if recording not in self._by_id:
            raise NotFoundError("no recording has this id", where=recording)
        return recording

    def statistics(self) -> Statistics:
        summaries = [detail.summary for detail in self.details]
        bands = [(low, 100 if low == 95 else low + 4) for low in range(0, 100, 5)]
        years = sorted({summary.year for summary in summaries if summary.year is not None})
        licences = Counter(e.statement for detail in self.details for e in detail.evidence)
        licences[""] = sum(not detail.evidence for detail in self.details)
        return Statistics(
            tuple(
                _bar(low, high, [s for s in summaries if low <= s.popularity.popularity <= high])
                for low, high in bands
            ),
            tuple(_bar(year, year, [s for s in summaries if s.year == year]) for year in years),
            tuple(licences.most_common()),
            ((_SHELF, COUNT), (_PLAYS, 48)),
        )

    def ranked(self, *, start: int = 0) -> Iterator[RecordingDetail]:
        return iter(self.details[start:])


class SimulatedArchiveView:
    """An `ArchiveView`. `audio` stands in for every held file; by default each has its own few kilobytes.

    `folder` takes the files that the view gives paths of.
    """

    name = "Example sound archive"

    def __init__(
        self, folder: Path, *, basis: ListensBasis = ListensBasis.COUNTED, audio: bytes | None = None
    ) -> None:
        self._folder, self._audio = folder, audio
        self._catalogue = SimulatedCatalogue(basis)
        self._synthetic = basis is ListensBasis.SYNTHETIC
        self._ranks = {d.summary.id: d.summary.popularity.rank for d in self._catalogue.details}

    def catalogue(self) -> SimulatedCatalogue:
        return self._catalogue

    def sources(self) -> Sequence[SourceDescription]:
        return (
            SourceDescription(_SHELF, "folder", 0, "sha256:4be1", "CC0-1.0", "The keepers of the shelf"),
            SourceDescription(_PLAYS, "table", 10, "2014-06", "CC-BY-4.0", "A week of radio plays"),
        )

    def held(self) -> int:
        return sum(_held(rank) for rank in range(COUNT))

    def stages(self) -> dict[Stage, Counts]:
        held = self.held()
        return {
            Stage.HARVEST: Counts(123, 120, 0, 3),
            Stage.CATALOGUE: Counts(120, 120, 0, 0),
            Stage.PLAN: Counts(COUNT, COUNT, 0, 0),
            Stage.ACQUIRE: Counts(COUNT, held, COUNT - held - 1, 1, 187_654_321),
            Stage.CHARACTERISE: Counts(held, held, 0, 0, 187_654_321),
            Stage.PUBLISH: Counts(held, len(self._published), held - len(self._published), 0, 150_000_000),
        }

    def plan(self) -> PlanSummary | None:
        curve = self.curve()
        if not curve:
            return None
        chosen = curve[41]
        return PlanSummary(
            PlanId("p0001"),
            SNAPSHOT,
            250_000_000,
            chosen.bytes,
            {Tier.ORIGINAL: 20, Tier.ACCESS: 22, Tier.METADATA: 18},
            {Tier.ORIGINAL: 160_000_000, Tier.ACCESS: chosen.bytes - 160_000_000, Tier.METADATA: 0},
            chosen.listens,
            self._catalogue.total,
            self._synthetic,
        )

    def curve(self) -> Sequence[CurvePoint]:
        points, size, listens = [], 0, 0.0
        for number, detail in enumerate(self._catalogue.details, start=1):
            size += 3_000_000 + 97_000 * ((number * 37) % 60)
            listens += detail.summary.popularity.listens
            points.append(CurvePoint(size, number, listens))
        return points

    def editions(self) -> Sequence[EditionSummary]:
        newest = self._edition(EDITION, self._published)
        return newest, self._edition(EditionId("e0001"), self._published[:9])

    def holding(self, recording: RecordingId) -> tuple[Holding, ObjectDigests, Characterisation] | None:
        rank = self._ranks.get(recording)
        if rank is None or not _held(rank):
            return None
        data = self._bytes(rank)
        digests = digest(data)
        tier = Tier.ORIGINAL if rank % 2 else Tier.ACCESS
        extension = "ogg" if tier is Tier.ORIGINAL else "opus"
        origin = self._catalogue.details[rank].locations[0].uri
        holding = Holding(recording, tier, digests.sha256, "audio/ogg", extension, origin)
        return holding, digests, _characterisation(rank, digests)

    def decision(self, recording: RecordingDetail) -> Cleared[RecordingId] | Refusal:
        return clear(recording.summary.id, recording.evidence, Policy())

    def place(self, recording: RecordingId) -> PublishedPlace | None:
        rank = self._ranks.get(recording)
        if rank not in self._published:
            return None
        held = self.holding(recording)
        assert held is not None
        holding, digests, _ = held
        index = self._published.index(rank)
        path = f"070-100/ensemble-{rank % len(_GROUPS)}/piece-{rank}.{recording[:8]}.{holding.extension}"
        root = digests.pieces_root.hex()
        return PublishedPlace(
            EDITION,
            self._volume,
            path,
            2 * index,
            index * 524_288,
            digests.length,
            holding.tier,
            digests.sha256,
            root,
        )

    def playable(self, cleared: Cleared[RecordingId]) -> Path | None:
        rank = self._ranks.get(cleared.subject)
        if rank is None or not _held(rank):
            return None
        data = self._bytes(rank)
        path = self._folder / f"audio-{digest(data).sha256}"
        path.write_bytes(data)
        return path

    def torrent(self, edition: EditionId, volume: str, *, twin: bool) -> Path:
        path = self._folder / f"{edition}-{volume}{'.v1' if twin else ''}.torrent"
        path.write_bytes(b"d4:info" + _info(volume, twin=twin) + b"e")
        return path

    _volume = "example-070-100-0001"

    @cached_property
    def _published(self) -> tuple[int, ...]:
        return tuple(rank for rank in range(COUNT) if _held(rank) and rank % 5)

    def _edition(self, edition: EditionId, ranks: tuple[int, ...]) -> EditionSummary:
        size = sum(len(self._bytes(rank)) for rank in ranks)
        volume = _volume(self._volume, len(ranks), size)
        refused = Counter(_dark(rank)[0].value for rank in range(0, COUNT, 5) if _held(rank))
        return EditionSummary(edition, SNAPSHOT, (volume,), len(ranks), size, self._synthetic, dict(refused))

    def _bytes(self, rank: int) -> bytes:
        if self._audio is not None:
            return self._audio
        return hashlib.shake_256(str(rank).encode()).digest(20_000 + 700 * rank)


def digest(data: bytes) -> ObjectDigests:
    """All digests of a file of at most one piece (512 KiB)."""
    leaves = [
        hashlib.sha256(data[at : at + BLOCK_LENGTH]).digest() for at in range(0, len(data), BLOCK_LENGTH)
    ]
    while len(leaves) & (len(leaves) - 1):
        leaves.append(bytes(32))
    while len(leaves) > 1:
        leaves = [
            hashlib.sha256(left + right).digest()
            for left, right in zip(leaves[::2], leaves[1::2], strict=True)
        ]
    tail = hashlib.sha1(data, usedforsecurity=False).digest()
    sha256 = Sha256(hashlib.sha256(data).hexdigest())
    return ObjectDigests(sha256, len(data), blake3(data).hexdigest(), leaves[0], b"", tail, tail)


def _dark(rank: int) -> tuple[RefusalReason, tuple[Evidence, ...]]:
    return _DARK[rank // 5 % len(_DARK)]


def _held(rank: int) -> bool:
    return rank % 7 != 0


def _detail(rank: int, basis: ListensBasis) -> RecordingDetail:
    group = _GROUPS[rank % len(_GROUPS)]
    key = SourceKey(f"shelf/{rank:03}")
    release = release_id(_SHELF, SourceKey(str(rank % 12)))
    year = None if rank % 13 == 12 else 1968 + (rank * 7) % 54
    title = "<script>alert(1)</script>" if rank == HOSTILE_RANK else _title(rank)
    summary = RecordingSummary(
        recording_id(_SHELF, key),
        title,
        group,
        f"Collected Pieces, Volume {rank % 12 + 1}",
        year,
        None if rank % 17 == 16 else 61_000 + (rank * 7919) % 400_000,
        _popularity(rank, basis),
    )
    counted = ((_PLAYS, Listens(summary.popularity.listens, "plays", "2014-06-16/2014-06-23")),)
    path = f"folder:shelf/side-{rank % 4}/{rank:03}.ogg"
    return RecordingDetail(
        summary,
        artist_id(_SHELF, SourceKey(group)),
        ("ambient", "chamber", "electronic", "")[rank % 4],
        (TrackPlace(release, summary.release, group, 1, rank // 12 + 1, year),),
        (Identifier(Scheme.ISRC, f"XXTEN26{rank:05}"),) if rank % 2 else (),
        counted if summary.popularity.basis is ListensBasis.COUNTED else (),
        _evidence(rank),
        (Location(path, Access.HELD, 3_000_000 + 97_000 * rank, None, "audio/ogg"),),
        (SourceRowRef(_SHELF, rank, key), SourceRowRef(_PLAYS, rank * 3, SourceKey(f"{group} / {title}"))),
    )


def _title(rank: int) -> str:
    return f"{_FORMS[rank % len(_FORMS)]} in {_KEYS[rank // len(_FORMS)]}"


def _popularity(rank: int, basis: ListensBasis) -> Popularity:
    if basis is ListensBasis.NONE:
        return Popularity(rank, 0.0, basis, 0)
    listens = round(41_250 / (rank + 1) ** 0.9)
    popularity = round(100 * math.log1p(listens) / math.log1p(41_250))
    estimated = basis is ListensBasis.COUNTED and rank % 6 == 5
    return Popularity(rank, listens, ListensBasis.ESTIMATED if estimated else basis, popularity)


def _evidence(rank: int) -> tuple[Evidence, ...]:
    if rank % 5 == 0:
        return _dark(rank)[1]
    name, url = _LICENCES[rank % 3]
    stanza = Evidence(
        EvidenceKind.DEP5_STANZA, name, f"debian/copyright, stanza Files: side-{rank % 4}/*", "A group"
    )
    return stanza, Evidence(EvidenceKind.TAG, url, "tag LICENSE")


def _characterisation(rank: int, digests: ObjectDigests) -> Characterisation:
    peaks = bytes(
        round(250 * abs(math.sin(at / 37 + rank)) * (0.45 + 0.55 * abs(math.sin(at * at / 91 + rank))))
        for at in range(800)
    )
    essence = Sha256(hashlib.sha256(b"essence" + digests.sha256.encode()).hexdigest())
    duration = 61_000 + (rank * 7919) % 400_000
    loudness = Loudness(-14.0 - rank % 9 / 10, 4.0 + rank % 7, None if rank % 4 == 3 else -1.0)
    faults = ("page 41: checksum mismatch",) if rank % 19 == 18 else ()
    integrity = Integrity.DAMAGED if faults else Integrity.SOUND
    return Characterisation(
        "ogg", "opus", 48_000, 2, duration, 96_000, integrity, faults, loudness, essence, peaks
    )


def _bar(low: int, high: int, of: Sequence[RecordingSummary]) -> Bar:
    return Bar(low, high, len(of), sum(summary.popularity.listens for summary in of))


def _has_prefix(summary: RecordingSummary, word: str) -> bool:
    text = f"{summary.title} {summary.artist} {summary.release}".casefold()
    return any(known.startswith(word) for known in text.split())


def _info(volume: str, *, twin: bool) -> bytes:
    name = f"{volume}.v1" if twin else volume
    return f"d4:name{len(name)}:{name}e".encode()


def _volume(name: str, recordings: int, size: int) -> VolumeSummary:
    v1 = hashlib.sha1(_info(name, twin=False), usedforsecurity=False).hexdigest()
    v2 = hashlib.sha256(_info(name, twin=False)).hexdigest()
    twin = hashlib.sha1(_info(name, twin=True), usedforsecurity=False).hexdigest()
    magnet = f"magnet:?xt=urn:btih:{v1}&xt=urn:btmh:1220{v2}&dn={name}"
    return VolumeSummary(
        name,
        (70, 100),
        recordings,
        recordings + 4,
        size,
        v1,
        v2,
        twin,
        magnet,
        f"magnet:?xt=urn:btih:{twin}&dn={name}",
    )
