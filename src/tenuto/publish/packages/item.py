"""One recording on its way into a package: names for its files, and its document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tenuto.formats.names import slug
from tenuto.formats.package import FORMAT, PackagedFile, PackagedRecording, PackagedRights
from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import RecordingDetail, RecordingSummary
from tenuto.model.ids import RecordingId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.rights import Cleared, Refusal

HeldObject = tuple[Holding, ObjectDigests, Characterisation]

_LONGEST_TITLE: Final = 50
"""With id, tier and extension, a name stays below 120 bytes (names.md)."""


@dataclass(frozen=True, slots=True)
class PackageItem:
    """A recording and all its objects. `detail` is None where the catalogue knows it no more."""

    recording: RecordingId
    detail: RecordingDetail | None
    verdict: Cleared[RecordingId] | Refusal
    held: Sequence[HeldObject]

    @property
    def folder(self) -> str:
        """The artist's, in ASCII."""
        return slug(self._summary.artist if self._summary else "", "unknown-artist")

    def file_name(self, holding: Holding) -> str:
        """`<title>.<recording id>.<tier>.<extension>`: no two files of an archive have the same."""
        title = slug(self._summary.title if self._summary else "", "untitled")
        stem = title[:_LONGEST_TITLE].rstrip("-")
        return f"{stem}.{self.recording}.{holding.tier}.{holding.extension}"

    def document(self, files: Sequence[PackagedFile]) -> PackagedRecording:
        """What is known of it; `files` are those that were packed."""
        detail, summary = self.detail, self._summary
        return PackagedRecording(
            format=FORMAT,
            recording=self.recording,
            title=summary.title if summary else "",
            artist=summary.artist if summary else "",
            release=summary.release if summary else "",
            year=summary.year if summary else None,
            duration_ms=summary.duration_ms if summary else None,
            genre=detail.genre if detail else "",
            identifiers=detail.identifiers if detail else (),
            rights=self._rights(),
            files=tuple(files),
        )

    def _rights(self) -> PackagedRights:
        evidence = self.detail.evidence if self.detail else ()
        if isinstance(self.verdict, Refusal):
            return PackagedRights(None, str(self.verdict.reason), evidence)
        return PackagedRights(self.verdict.licence, None, evidence)

    @property
    def _summary(self) -> RecordingSummary | None:
        return self.detail.summary if self.detail else None


def packaged_file(path: str, held: HeldObject) -> PackagedFile:
    """`path`: where it lies in the package."""
    holding, digests, about = held
    return PackagedFile(
        path,
        str(holding.tier),
        holding.media_type,
        digests.length,
        digests.sha256,
        about.essence,
        str(about.integrity),
        holding.source_uri,
    )


@dataclass(slots=True)
class Packed:
    """What became of the items: entered = done + failed."""

    done: int = 0
    failed: int = 0
    files: int = 0
    bytes: int = 0
    by_rights: dict[str, int] = field(default_factory=dict)
    """Recordings by licence, or by the reason for which they stay dark."""

    def count(self, item: PackageItem, packed: Sequence[PackagedFile]) -> None:
        whole = len(packed) == len(item.held)
        self.done += whole
        self.failed += not whole
        self.files += len(packed)
        self.bytes += sum(file.length for file in packed)
        verdict = item.verdict
        word = f"dark: {verdict.reason}" if isinstance(verdict, Refusal) else verdict.licence
        self.by_rights[word] = self.by_rights.get(word, 0) + 1
