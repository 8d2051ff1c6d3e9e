"""Which recording goes into which volume: by popularity band, cut by what torrent clients can load.

Pure. Specified in docs/formats/volume.md, clauses 16-18.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from tenuto.formats.names import audio_path, band_folder
from tenuto.formats.paths import PathParts, tree_order
from tenuto.formats.torrent import DEFAULT_LIMITS, Limits, place, torrent_cost
from tenuto.formats.volume import PAPERS, VolumeContent, VolumeItem
from tenuto.model.edition import Publishable, VolumeSummary
from tenuto.model.errors import BadInputError, ConfigurationError, TenutoError
from tenuto.model.ids import RecordingId
from tenuto.model.rights import Cleared

DEFAULT_BANDS: Final = ((80, 100), (60, 79), (40, 59), (20, 39), (0, 19))
"""Lowest and highest popularity, both inclusive, most heard first."""

_PAPERS_TORRENT_BYTES: Final = 128 * 1024
_PAPERS_BYTES: Final = 10**9
"""Kept free for the papers in every volume: far more than 10,000 recordings' papers need."""


@dataclass(frozen=True, slots=True)
class Unpackable:
    """One item that no volume can take; the others go on."""

    recording: RecordingId
    what: str


@dataclass(slots=True)
class _Draft:
    """The volume being filled."""

    band: tuple[int, int]
    number: int
    limits: Limits
    named: list[tuple[PathParts, Cleared[Publishable]]] = field(default_factory=list)
    paths: set[PathParts] = field(default_factory=set)
    recordings: set[RecordingId] = field(default_factory=set)
    bytes: int = _PAPERS_BYTES
    torrent_bytes: int = _PAPERS_TORRENT_BYTES

    def path_with_room(self, item: Cleared[Publishable]) -> PathParts | None:
        """What the item's path would be; None where the volume has no room for it."""
        path, length = self._path_for(item), item.subject.digests.length
        fits = (
            len(self.named) + len(PAPERS) < self.limits.files
            and self.bytes + length <= self.limits.bytes
            and self.torrent_bytes + torrent_cost(path, length) <= self.limits.torrent_bytes
        )
        return path if fits else None

    def _path_for(self, item: Cleared[Publishable]) -> PathParts:
        recording = item.subject.recording
        return audio_path(
            self.band,
            artist=recording.artist,
            title=recording.title,
            recording=recording.id,
            extension=item.subject.holding.extension,
            taken=self.paths.__contains__,
        )

    def add(self, path: PathParts, item: Cleared[Publishable]) -> None:
        """`BadInputError` for a recording that is in the volume already."""
        recording = item.subject.recording.id
        if recording in self.recordings:
            raise BadInputError("the recording is in the volume already", remedy="Publish one tier of it")
        self.recordings.add(recording)
        self.named.append((path, item))
        self.paths.add(path)
        self.bytes += item.subject.digests.length
        self.torrent_bytes += torrent_cost(path, item.subject.digests.length)

    def finished(self, archive: str) -> VolumeContent:
        return VolumeContent(archive, self.band, self.number, _placed(self.named))


def _placed(named: Sequence[tuple[PathParts, Cleared[Publishable]]]) -> tuple[VolumeItem, ...]:
    """With places; the papers come after all audio, so the last audio file counts as followed."""
    order = sorted(range(len(named)), key=lambda i: tree_order(named[i][0]))
    lengths = [named[i][1].subject.digests.length for i in order]
    placed = dict(zip(order, place([*lengths, 1]), strict=False))
    return tuple(VolumeItem(path, placed[i], item) for i, (path, item) in enumerate(named))


def revise(
    archive: str, former: VolumeSummary, named: Sequence[tuple[PathParts, Cleared[Publishable]]]
) -> VolumeContent:
    """The next revision of a volume: what stays of it, in its order and under its paths."""
    return VolumeContent(archive, former.band, former.number, _placed(named), former.revision + 1)


def pack(
    items: Iterable[Cleared[Publishable]],
    *,
    archive: str,
    bands: Sequence[tuple[int, int]] = DEFAULT_BANDS,
    limits: Limits = DEFAULT_LIMITS,
    numbers: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[VolumeContent | Unpackable]:
    """New volumes in rank order, one at a time. `items` MUST come in rank order, each recording once.

    `numbers`: the last number given, by band folder. `TypeError` for an item that isn't `Cleared`: nothing
    else may be published. `TenutoError` for items out of rank order.
    """
    check_bands(bands)
    draft: _Draft | None = None
    last = {band: numbers.get(band_folder(band), 0) for band in bands}
    for item in _in_rank_order(items):
        try:
            band = _examine(item, bands)
            path = draft.path_with_room(item) if draft and draft.band == band else None
            if draft is None or path is None:
                fresh = _Draft(band, last[band] + 1, limits)
                path = _first_path(fresh, item)
                if draft:
                    yield draft.finished(archive)
                last[band] += 1
                draft = fresh
            draft.add(path, item)
        except BadInputError as error:
            yield Unpackable(item.subject.recording.id, error.what)
    if draft and draft.named:
        yield draft.finished(archive)


def _first_path(draft: _Draft, item: Cleared[Publishable]) -> PathParts:
    """In an empty volume. `BadInputError` for an item that not even that has room for."""
    path = draft.path_with_room(item)
    if path is None:
        raise BadInputError(f"{item.subject.digests.length} bytes are more than one volume holds")
    return path


def check_bands(bands: Sequence[tuple[int, int]]) -> None:
    """`ConfigurationError` unless every popularity from 0 to 100 is in exactly one band."""
    covered = sorted(popularity for low, high in bands for popularity in range(low, high + 1))
    if covered != list(range(101)):
        raise ConfigurationError(
            "the bands don't hold every popularity from 0 to 100 once", remedy="Correct publish.bands"
        )


def _in_rank_order(items: Iterable[Cleared[Publishable]]) -> Iterator[Cleared[Publishable]]:
    last = -1
    for item in items:
        if not isinstance(item, Cleared):
            raise TypeError(f"only Cleared items may be published, not {type(item).__name__}")
        rank = item.subject.recording.popularity.rank
        if rank <= last:
            raise TenutoError("items to publish are out of rank order", where=item.subject.recording.id)
        last = rank
        yield item


def _examine(item: Cleared[Publishable], bands: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The item's band. `BadInputError` for an item that no volume may hold."""
    subject = item.subject
    popularity = subject.recording.popularity.popularity
    band = next((b for b in bands if b[0] <= popularity <= b[1]), None)
    if band is None:
        raise BadInputError(f"popularity {popularity} isn't from 0 to 100")
    if (subject.holding.recording, subject.holding.object) != (subject.recording.id, subject.digests.sha256):
        raise BadInputError("its holding speaks of another recording or object")
    if not _encodable(item):
        raise BadInputError("its texts hold lone surrogates", remedy="Correct them in the source")
    if subject.digests.length <= 0:
        raise BadInputError("an empty object")
    return band


def _encodable(item: Cleared[Publishable]) -> bool:
    recording = item.subject.recording
    texts = [recording.title, recording.artist, recording.release, item.licence]
    texts += [text for e in item.evidence for text in (e.statement, e.origin, e.holder)]
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return False
    return True
