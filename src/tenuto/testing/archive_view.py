"""A simulated archive behind the real `ArchiveView`, over the simulated catalogue's sixty recordings."""

import hashlib
import math
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from tenuto.formats.digests import digests_of
from tenuto.model.audio import Characterisation, Fault, Integrity, Loudness, Signal
from tenuto.model.catalogue import (
    ListensBasis,
    RecordingDetail,
)
from tenuto.model.duplicates import Pair, Tie
from tenuto.model.edition import EditionSummary, PublishedPlace, VolumeSummary
from tenuto.model.health import HealthReport, Reading, Replica, VolumeHealth
from tenuto.model.ids import (
    EditionId,
    PlanId,
    RecordingId,
    Sha256,
)
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import BudgetAnswer, CurvePoint, PlanSummary, Tier
from tenuto.model.rights import Cleared, Policy, Refusal
from tenuto.model.source import SourceDescription
from tenuto.model.work import Counts, Stage
from tenuto.rights import clear
from tenuto.testing.simulated_catalogue import (
    COUNT,
    GROUPS,
    PLAYS,
    SHELF,
    SNAPSHOT,
    SimulatedCatalogue,
    dark_because,
    is_held,
)

EDITION: Final = EditionId("e0002")


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
            SourceDescription(SHELF, "folder", 0, "sha256:4be1", "CC0-1.0", "The keepers of the shelf"),
            SourceDescription(PLAYS, "table", 10, "2014-06", "CC-BY-4.0", "A week of radio plays"),
        )

    def held(self) -> int:
        return sum(is_held(rank) for rank in range(COUNT))

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
            groups = number // 10, min(number, 8), min(number, 3)
            points.append(CurvePoint(size, number, listens, 0.4 * number, 0.0, 1.0, *groups))
        return points

    def budget(self, size: int) -> BudgetAnswer | None:
        plan, curve = self.plan(), self.curve()
        if plan is None:
            return None
        held = [point for point in curve if point.bytes <= size]
        listens, count = (held[-1].listens, held[-1].recordings) if held else (0.0, 0)
        share = listens / self._catalogue.total if self._catalogue.total else 0.0
        return BudgetAnswer(
            budget_bytes=size,
            bytes=held[-1].bytes if held else 0,
            by_tier={Tier.METADATA: len(curve) - count, Tier.ACCESS: count},
            listens=listens,
            listens_total=self._catalogue.total,
            low=max(share - 0.01, 0.0),
            high=min(share + 0.01, 1.0),
            saved=0.4 * count,
            loss_total=0.5 * len(curve),
            covered={"releases": count // 10, "artists": min(count, 8), "genres": min(count, 3)},
            known={"releases": len(curve) // 10, "artists": 8, "genres": 3},
            next_bytes=10**12,
            next_recordings=len(curve) - count,
            next_listens=self._catalogue.total - listens,
        )

    def editions(self) -> Sequence[EditionSummary]:
        newest = self._edition(EDITION, self._published)
        return newest, self._edition(EditionId("e0001"), self._published[:9])

    def health(self) -> HealthReport | None:
        """Two mirrors proved the one volume, and a tracker claims more."""
        replicas = (
            Replica("north", "NO", "The city library", "2026-01-02"),
            Replica("south", "IT", "A radio station", "2026-01-03"),
        )
        volume = self.editions()[0].volumes[0]
        return HealthReport(
            EDITION,
            "2026-01-04",
            (
                VolumeHealth(
                    volume.name,
                    volume.infohash_v2,
                    volume.bytes,
                    replicas,
                    Reading("2026-01-04", 5, 6),
                    Reading("2026-01-04", None, 9),
                ),
            ),
        )

    def holding(self, recording: RecordingId) -> tuple[Holding, ObjectDigests, Characterisation] | None:
        rank = self._ranks.get(recording)
        if rank is None or not is_held(rank):
            return None
        data = self._bytes(rank)
        digests = digests_of(data)
        tier = Tier.ORIGINAL if rank % 2 else Tier.ACCESS
        extension = "ogg" if tier is Tier.ORIGINAL else "opus"
        origin = self._catalogue.details[rank].locations[0].uri
        holding = Holding(recording, tier, digests.sha256, "audio/ogg", extension, origin)
        return holding, digests, _characterisation(rank, digests)

    def same_audio(self, recording: RecordingId) -> Sequence[Pair]:
        """The two most heard are one piece in two encodings; the third is in doubt."""
        first, second, third = (detail.summary.id for detail in self._catalogue.details[:3])
        pairs = (
            Pair(first, second, Tie.LIKENESS, 0.0125, -1.24, 116.02),
            Pair(first, third, Tie.DOUBT, 0.3, 0.0, 117.38),
        )
        turned = (Pair(p.other, p.one, p.tie, p.error, -p.offset_s, p.overlap_s) for p in pairs)
        return [pair for pair in (*pairs, *turned) if pair.one == recording]

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
        path = f"070-100/ensemble-{rank % len(GROUPS)}/piece-{rank}.{recording[:8]}.{holding.extension}"
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
        if rank is None or not is_held(rank):
            return None
        data = self._bytes(rank)
        path = self._folder / f"audio-{digests_of(data).sha256}"
        path.write_bytes(data)
        return path

    def torrent(self, edition: EditionId, volume: str, *, twin: bool) -> Path:
        path = self._folder / f"{edition}-{volume}{'.v1' if twin else ''}.torrent"
        path.write_bytes(b"d4:info" + _info(volume, twin=twin) + b"e")
        return path

    _volume = "example-070-100-0001"

    @cached_property
    def _published(self) -> tuple[int, ...]:
        return tuple(rank for rank in range(COUNT) if is_held(rank) and rank % 5)

    def _edition(self, edition: EditionId, ranks: tuple[int, ...]) -> EditionSummary:
        size = sum(len(self._bytes(rank)) for rank in ranks)
        volume = _volume(self._volume, len(ranks), size)
        refused = Counter(dark_because(rank)[0].value for rank in range(0, COUNT, 5) if is_held(rank))
        return EditionSummary(
            id=edition,
            parent=None,
            published="2026-01-01",
            snapshot=SNAPSHOT,
            volumes=(volume,),
            recordings=len(ranks),
            bytes=size,
            synthetic_listens=self._synthetic,
            refused=dict(refused),
            numbers={"70-100": 1},
        )

    def _bytes(self, rank: int) -> bytes:
        if self._audio is not None:
            return self._audio
        return hashlib.shake_256(str(rank).encode()).digest(20_000 + 700 * rank)


def _characterisation(rank: int, digests: ObjectDigests) -> Characterisation:
    peaks = bytes(
        round(250 * abs(math.sin(at / 37 + rank)) * (0.45 + 0.55 * abs(math.sin(at * at / 91 + rank))))
        for at in range(800)
    )
    essence = Sha256(hashlib.sha256(b"essence" + digests.sha256.encode()).hexdigest())
    duration = 61_000 + (rank * 7919) % 400_000
    loudness = Loudness(-14.0 - rank % 9 / 10, 4.0 + rank % 7, None if rank % 4 == 3 else -1.0)
    fault = Fault("Ogg page 41: checksum doesn't match", Integrity.DAMAGED, 12.8, 1_634_304)
    faults = (fault,) if rank % 19 == 18 else ()
    signal = Signal(rank % 7 * 100, 1200, rank % 5, (0.0, 0.0), 0.62, 16_500 if rank % 6 == 5 else None)
    integrity = Integrity.DAMAGED if faults else Integrity.SOUND
    return Characterisation(
        "ogg",
        "opus",
        48_000,
        2,
        duration,
        96_000,
        integrity,
        faults,
        loudness,
        essence,
        None,
        signal,
        None,
        peaks,
        _spectrogram(rank),
    )


def _spectrogram(rank: int) -> bytes:
    """PNG (ISO/IEC 15948), 240 by 64, grey: weaker upwards, in beats."""
    rows = (
        b"\0" + bytes(max(0, 4 * row - 17 * (column * (rank + 3) % 23 % 9)) for column in range(240))
        for row in range(64)
    )
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 240, 64, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def _info(volume: str, *, twin: bool) -> bytes:
    name = f"{volume}.v1" if twin else volume
    return f"d4:name{len(name)}:{name}e".encode()


def _volume(name: str, recordings: int, size: int) -> VolumeSummary:
    v1 = hashlib.sha1(_info(name, twin=False), usedforsecurity=False).hexdigest()
    v2 = hashlib.sha256(_info(name, twin=False)).hexdigest()
    twin = hashlib.sha1(_info(name, twin=True), usedforsecurity=False).hexdigest()
    magnet = f"magnet:?xt=urn:btih:{v1}&xt=urn:btmh:1220{v2}&dn={name}"
    return VolumeSummary(
        name=name,
        band=(70, 100),
        number=1,
        revision=1,
        replaces=None,
        recordings=recordings,
        files=recordings + 4,
        bytes=size,
        synthetic_listens=False,
        infohash_v1=v1,
        infohash_v2=v2,
        infohash_twin=twin,
        magnet=magnet,
        magnet_twin=f"magnet:?xt=urn:btih:{twin}&dn={name}",
    )
