"""Identifiers, and how a recording gets its permanent one."""

from typing import NewType
from uuid import UUID, uuid5

RecordingId = NewType("RecordingId", str)
"""UUIDv5 of the recording's highest-priority source key, in canonical text form."""

ReleaseId = NewType("ReleaseId", str)
ArtistId = NewType("ArtistId", str)

SourceName = NewType("SourceName", str)
"""The operator's short name for an outside collection: `[a-z0-9][a-z0-9-]{0,62}`."""

SourceKey = NewType("SourceKey", str)
"""The source's own key of one of its rows; opaque to us."""

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""

SnapshotId = NewType("SnapshotId", str)
"""The first 16 hexadecimal digits of the SHA-256 of the canonical `snapshot.json`."""

PlanId = NewType("PlanId", str)
DuplicatesId = NewType("DuplicatesId", str)
EditionId = NewType("EditionId", str)
"""`e` and the edition's number in four digits or more: `e0001`."""

NAMESPACE = UUID("6f1c41c0-2f0f-5c58-9d5e-6c0a3c0f7a11")
"""Tenuto's own UUID namespace (RFC 9562, section 6.5). It must never change."""


def recording_id(source: SourceName, key: SourceKey) -> RecordingId:
    """The permanent id of the recording first known under this source key."""
    return RecordingId(_uuid("recording", source, key))


def release_id(source: SourceName, key: SourceKey) -> ReleaseId:
    """The permanent id of the release first known under this source key."""
    return ReleaseId(_uuid("release", source, key))


def artist_id(source: SourceName, key: SourceKey) -> ArtistId:
    """The permanent id of the artist first known under this source key."""
    return ArtistId(_uuid("artist", source, key))


def _uuid(kind: str, source: SourceName, key: SourceKey) -> str:
    return str(uuid5(NAMESPACE, f"{kind}\n{source}\n{key}"))
