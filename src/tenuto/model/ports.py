"""The contracts between the stages and the world. Each adapter passes its suite in `tenuto.testing`."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import (
    NO_FACETS,
    FacetCounts,
    Facets,
    Link,
    RecordingDetail,
    RecordingSummary,
    SearchResult,
    SnapshotSummary,
)
from tenuto.model.duplicates import Pair
from tenuto.model.edition import EditionSummary, PublishedPlace
from tenuto.model.health import HealthReport
from tenuto.model.ids import EditionId, RecordingId, Sha256
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import BudgetAnswer, CurvePoint, PlanSummary
from tenuto.model.rights import Cleared, Refusal
from tenuto.model.source import Location, RejectedRow, SourceDescription, SourceRow
from tenuto.model.statistics import Statistics
from tenuto.model.work import Counts, Outcome, Stage, Status


class Reporter(Protocol):
    """Takes progress; only `cli` shows it. Calls MUST be cheap and MUST NOT raise."""

    def phase(self, name: str, *, items: int | None = None, total_bytes: int | None = None) -> None:
        """A new phase begins. None means the size isn't known beforehand."""

    def advance(self, items: int = 1, *, done_bytes: int = 0) -> None:
        """So much more of the phase is behind us."""

    def fault(self, where: str, what: str) -> None:
        """One item failed; the run goes on."""


class Source(Protocol):
    """An outside collection.

    `rows` MUST yield in a stable order, with ordinals 0, 1, 2 … over rows and rejects together,
    MUST stream (memory independent of the number of rows), and MUST turn an unreadable row
    into a `RejectedRow` instead of raising. It raises `TenutoError` only when nothing can be read.

    `rows(start=n)` MUST yield exactly what `rows()` yields from ordinal `n` on: so a harvest that was cut
    short goes on. It SHOULD cost less than reading what lies before (seek, skip pages, leave tags unread);
    an adapter that can't may simply skip. Nothing is yielded where `n` is behind the last row.
    """

    def describe(self) -> SourceDescription:
        """Who the source is. Cheap: reads no audio."""

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]: ...


class Fetcher(Protocol):
    """Brings one location's bytes in.

    `fetch` MUST go on from a partial `destination` where the transport can, MUST leave a partial
    file behind on failure so that the next try goes on, and MUST raise `NetworkError`,
    `NotFoundError` or `SpaceError`. It doesn't judge the bytes.
    """

    def fetch(self, location: Location, destination: Path) -> int:
        """Writes the bytes to `destination`; returns its length."""


class ObjectStore(Protocol):
    """Immutable bytes named by their SHA-256.

    After `put` returns, the bytes are durable under their final name; before, they aren't there
    at all. Putting what is there already is a success and changes nothing.
    """

    def put(self, source: Path, digests: ObjectDigests) -> None:
        """Takes `source` over (it is gone afterwards). The caller has read and hashed it."""

    def open(self, object_id: Sha256) -> BinaryIO:
        """For reading. `NotFoundError` if it isn't there."""

    def __contains__(self, object_id: Sha256) -> bool: ...

    def length(self, object_id: Sha256) -> int:
        """Bytes, without opening the object. `NotFoundError` if it isn't there."""


class LocalPaths(Protocol):
    """A store whose objects are files (a torrent client and a web server can use them in place)."""

    def path(self, object_id: Sha256) -> Path:
        """The object's file; never to be written to."""


class Ledger(Protocol):
    """What was done to which item. Rows come after the bytes that they speak of are durable."""

    def record(self, stage: Stage, outcomes: Iterable[Outcome]) -> None:
        """One transaction. A later outcome of an item replaces the earlier one."""

    def status_of(self, stage: Stage, keys: Sequence[str]) -> dict[str, Status]:
        """Only keys that are known."""

    def counts(self, stage: Stage) -> Counts:
        """Answers at once whatever the size (kept as running totals)."""


class CatalogueReader(Protocol):
    """One snapshot, through its derived local structures, in rank order."""

    def summary(self) -> SnapshotSummary: ...

    def find(
        self, query: str, *, facets: Facets = NO_FACETS, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        """As `SearchIndex.find`."""

    def show(self, identifier: str) -> RecordingDetail:
        """By recording id (merged ids are followed), ISRC or MBID. `NotFoundError`."""

    def links(self, recording: RecordingId) -> Sequence[Link]:
        """What ties the recording's source rows together, and what nearly did. `NotFoundError`."""

    def resolve(self, recording: RecordingId) -> RecordingId:
        """Where a merged id leads; an unmerged id leads to itself. `NotFoundError`."""

    def statistics(self) -> Statistics: ...

    def ranked(self, *, start: int = 0, of: Sequence[RecordingId] | None = None) -> Iterator[RecordingDetail]:
        """All recordings from rank `start` on, streamed; with `of`, those of them that are known."""


class SearchIndex(Protocol):
    """Finds a snapshot's recordings by words, as they are typed. Called from several threads at once.

    Every word of a query is a prefix of a word of title, artist or release, after folding case,
    diacritics and scripts. Hits come in rank order; where they are few, hits with corrected words follow.
    """

    recordings: int
    """Of the snapshot."""
    indexed: int
    """The most heard of them, which the index holds: ranks below this number."""

    def find(
        self, query: str, *, facets: Facets = NO_FACETS, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        """Hits from the `offset`-th on. A blank query finds all; one of signs only finds nothing."""

    def counts(self, query: str, *, facets: Facets = NO_FACETS) -> FacetCounts:
        """How the most heard hits divide (without corrected words); bounded, whatever is asked."""

    def page(self, start: int, limit: int) -> Sequence[RecordingSummary]:
        """Recordings from rank `start` on, without gaps, as far as they are indexed."""


class ArchiveView(Protocol):
    """What pages may see of an archive: reads only. Called from several threads at once."""

    name: str

    def sources(self) -> Sequence[SourceDescription]:
        """The snapshot's sources by priority, with licence and attribution."""

    def held(self) -> int:
        """Recordings with an object in the store, published or dark. Answers at once."""

    def catalogue(self) -> CatalogueReader:
        """The current snapshot. `NotFoundError` before the first build."""

    def stages(self) -> dict[Stage, Counts]: ...

    def plan(self) -> PlanSummary | None: ...

    def curve(self) -> Sequence[CurvePoint]:
        """The coverage curve of the current plan's snapshot, by ascending bytes; empty without a plan."""

    def budget(self, size: int) -> BudgetAnswer | None:
        """What `size` bytes come to under the current plan's policy, in milliseconds; None without a plan.

        `SpaceError` where what must be held doesn't fit into them.
        """

    def editions(self) -> Sequence[EditionSummary]:
        """Newest first."""

    def health(self) -> HealthReport | None:
        """What the archive last told of its volumes' copies, neediest first; None before the first report."""

    def holding(self, recording: RecordingId) -> tuple[Holding, ObjectDigests, Characterisation] | None: ...

    def same_audio(self, recording: RecordingId) -> Sequence[Pair]:
        """What the recording's audio is tied to (it is `one`), those in doubt last."""

    def decision(self, recording: RecordingDetail) -> Cleared[RecordingId] | Refusal:
        """The rights decision under the archive's policy."""

    def place(self, recording: RecordingId) -> PublishedPlace | None:
        """In the newest edition."""

    def playable(self, cleared: Cleared[RecordingId]) -> Path | None:
        """The held audio file of a cleared recording, for the player; None where it isn't a file."""

    def torrent(self, edition: EditionId, volume: str, *, twin: bool) -> Path:
        """A volume's `.torrent` file. `NotFoundError`."""
