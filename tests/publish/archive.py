"""A small archive for tests: cleared recordings with real bytes, a store that counts, fixed keys."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from uuid import NAMESPACE_URL, uuid5

import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # re-exported without `__all__`

from tenuto.formats.digests import digests_of
from tenuto.formats.edition import read_files
from tenuto.formats.metadata import (
    EDITION as EDITION_ROLE,
)
from tenuto.formats.metadata import (
    ONLINE_ROLES,
    REVOCATIONS,
    ROOT,
    SERIALIZER,
    TARGETS,
    TIMESTAMP,
    make_root,
    make_targets,
)
from tenuto.formats.metadata import (
    SNAPSHOT as SNAPSHOT_ROLE,
)
from tenuto.model.audio import Characterisation, Integrity, Loudness
from tenuto.model.catalogue import ListensBasis, Popularity, RecordingSummary
from tenuto.model.edition import EditionSummary, Publishable
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import EditionId, RecordingId, Sha256, SnapshotId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import Tier
from tenuto.model.rights import Cleared, Evidence, EvidenceKind
from tenuto.model.source import Identifier, Scheme
from tenuto.publish.candidates import CANDIDATES
from tenuto.publish.edition import Wanted, publish
from tenuto.publish.keys import SigningKeys
from tenuto.publish.volume import Layout

ON = date(2026, 1, 1)
EDITION = EditionId("e0001")
SNAPSHOT = SnapshotId("0123456789abcdef")


@dataclass
class CountingReporter:
    """Remembers what it is told."""

    faults: list[tuple[str, str]] = field(default_factory=list)
    items: int = 0
    bytes: int = 0

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        pass

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        self.items += items
        self.bytes += done_bytes

    def fault(self, where: str, what: str) -> None:
        self.faults.append((where, what))


@dataclass
class CountingStore:
    """An object store in a folder; counts what is opened for reading."""

    root: Path
    opened: Counter[Sha256] = field(default_factory=Counter)

    def put(self, source: Path, digests: ObjectDigests) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        source.replace(self.root / digests.sha256)

    def open(self, object_id: Sha256) -> BinaryIO:
        self.opened[object_id] += 1
        return self.path(object_id).open("rb")

    def __contains__(self, object_id: Sha256) -> bool:
        return self.path(object_id).is_file()

    def length(self, object_id: Sha256) -> int:
        if object_id not in self:
            raise NotFoundError(object_id)
        return self.path(object_id).stat().st_size

    def path(self, object_id: Sha256) -> Path:
        return self.root / object_id

    def add(self, data: bytes) -> ObjectDigests:
        digests = digests_of(data)
        self.root.mkdir(parents=True, exist_ok=True)
        self.path(digests.sha256).write_bytes(data)
        return digests


def recording_id(seed: int) -> RecordingId:
    return RecordingId(str(uuid5(NAMESPACE_URL, str(seed))))


def cleared(
    rank: int,
    digests: ObjectDigests,
    *,
    popularity: int = 50,
    title: str = "Étude",
    artist: str = "Björk & Łódź",
    basis: ListensBasis = ListensBasis.COUNTED,
) -> Cleared[Publishable]:
    """A recording that tests declare cleared; in the program only `tenuto.rights` may."""
    identity = recording_id(rank)
    recording = RecordingSummary(
        identity, title, artist, "Album", 1999, 1000, Popularity(rank, 1000.0 / (rank + 1), basis, popularity)
    )
    about = Characterisation(
        container="ogg",
        codec="vorbis",
        sample_rate_hz=44_100,
        channels=2,
        duration_ms=61_400,
        bit_rate=128_000,
        integrity=Integrity.SOUND,
        faults=(),
        loudness=Loudness(-14.0, 5.5, None),
        essence=Sha256(sha256(b"essence").hexdigest()),
        pcm_md5=None,
        signal=None,
        fingerprint=None,
        peaks=b"\1\2",
        spectrogram=b"\x89PNG",
    )
    holding = Holding(identity, Tier.ORIGINAL, digests.sha256, "audio/ogg", "ogg", f"folder:test/{rank}.ogg")
    identifiers = (Identifier(Scheme.ISRC, f"QZTST26{rank:05d}"),)
    evidence = (Evidence(EvidenceKind.TAG, "CC-BY-4.0", "LICENSE tag", "=HYPERLINK(evil)"),)
    return Cleared(Publishable(recording, identifiers, holding, digests, about), "CC-BY-4.0", evidence)


def synthetic_digests(rank: int, length: int) -> ObjectDigests:
    """Digests of nothing that exists, of the right shape."""
    pieces = -(-length // (512 * 1024))
    seed = sha256(b"%d" % rank)
    layer = b"".join(sha256(b"%d %d" % (rank, i)).digest() for i in range(pieces))
    return ObjectDigests(
        sha256=Sha256(seed.hexdigest()),
        length=length,
        blake3=seed.hexdigest(),
        pieces_root=sha256(layer).digest(),
        piece_layer=layer if pieces > 1 else b"",
        v1_pieces=b"".join(layer[i * 32 : i * 32 + 20] for i in range(pieces)),
        v1_tail=layer[:20],
    )


@cache
def fixed_keys() -> SigningKeys:
    """The same keys on every machine, so that whole editions can be compared byte by byte."""
    signers = {
        role: CryptoSigner(Ed25519PrivateKey.from_private_bytes(sha256(role.encode()).digest()))
        for role in (ROOT, TARGETS, *ONLINE_ROLES)
    }
    named = (ROOT, TARGETS, SNAPSHOT_ROLE, TIMESTAMP)
    root = make_root({role: [signers[role].public_key] for role in named}, threshold=1, on=ON, version=1)
    root.sign(signers[ROOT])
    delegated = {role: signers[role].public_key for role in (EDITION_ROLE, REVOCATIONS)}
    top = make_targets(delegated, on=ON, version=1, signer=signers[TARGETS])
    return SigningKeys({role: signers[role] for role in ONLINE_ROLES}, top, {1: root.to_bytes(SERIALIZER)})


def example_items(store: CountingStore) -> list[Cleared[Publishable]]:
    """Six recordings in three bands, from one byte to more than two pieces."""
    lengths = [1_200_000, 1, 524_288, 524_289, 16_384, 70_000]
    popularities = [100, 80, 79, 60, 19, 0]
    return [
        cleared(rank, store.add(bytes([rank + 1]) * length), popularity=popularity, title=f"Title {rank}")
        for rank, (length, popularity) in enumerate(zip(lengths, popularities, strict=True))
    ]


def publish_example(
    root: Path,
    *,
    items: Callable[[CountingStore], list[Cleared[Publishable]]] = example_items,
    edition: EditionId = EDITION,
    layout: Layout | None = None,
    on: date = ON,
    snapshot: SnapshotId = SNAPSHOT,
    former: EditionId | None = None,
    repack: bool = False,
    refused: Mapping[RecordingId, str] = MappingProxyType({}),
    store_kind: type[CountingStore] = CountingStore,
) -> tuple[EditionSummary, Path, CountingStore, CountingReporter]:
    """(summary, the edition's folder, the store, what was reported)."""
    store, reporter = store_kind(root / "objects"), CountingReporter()
    root.mkdir(parents=True, exist_ok=True)
    (root / "snapshot.json").write_bytes(b"{}")
    found = items(store)
    summary = publish(
        Wanted(
            write_candidates(root / "candidates.parquet", found, refused),
            partial(_details, found),
            {"no-evidence": 2},
            snapshot,
            {"snapshot.json": root / "snapshot.json"},
        ),
        directory=root / "editions" / edition,
        layout=layout or Layout("demo"),
        store=store,
        keys=fixed_keys(),
        on=on,
        reporter=reporter,
        former=root / "editions" / former if former else None,
        repack=repack,
    )
    return summary, root / "editions" / edition, store, reporter


def _details(
    items: list[Cleared[Publishable]], wanted: Sequence[RecordingId] | None
) -> Iterator[Cleared[Publishable]]:
    known = None if wanted is None else set(wanted)
    return (item for item in items if known is None or item.subject.recording.id in known)


def write_candidates(
    path: Path,
    items: Iterable[Cleared[Publishable]],
    refused: Mapping[RecordingId, str] = MappingProxyType({}),
) -> Path:
    """As the publish stage writes them; of refused recordings only id and reason count."""
    rows: list[tuple[str, ...]] = [
        (i.subject.recording.id, i.subject.digests.sha256, str(i.subject.holding.tier), i.licence, "")
        for i in items
        if hasattr(i, "subject")  # a test publishes what isn't cleared, on purpose
    ]
    rows += [(recording, "", "original", "", reason) for recording, reason in refused.items()]
    columns = zip(*rows, strict=True) if rows else [()] * len(CANDIDATES)
    arrays = [pa.array(list(column), pa.string()) for column in columns]
    pq.write_table(pa.Table.from_arrays(arrays, schema=CANDIDATES), path)
    return path


def lay_out(edition: Path, store: CountingStore, volume: str, target: Path) -> Path:
    """The volume's folder as a downloader has it."""
    folder = target / volume
    for entry in read_files((edition / "volumes" / f"{volume}.files.json").read_bytes()):
        path = folder / entry.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.path(entry.object).read_bytes())
    return folder


def re_ranked(items: list[Cleared[Publishable]]) -> list[Cleared[Publishable]]:
    """The same recordings, each 100 ranks further down."""
    return [
        replace(
            item,
            subject=replace(
                item.subject,
                recording=replace(
                    item.subject.recording,
                    popularity=replace(
                        item.subject.recording.popularity, rank=item.subject.recording.popularity.rank + 100
                    ),
                ),
            ),
        )
        for item in items
    ]
