"""What a package says of one recording: `tenuto-recording-1` documents (docs/formats/packages.md)."""

from typing import Final

import msgspec
import rfc8785

from tenuto.model.errors import BadInputError
from tenuto.model.rights import Evidence
from tenuto.model.source import Identifier

FORMAT: Final = "tenuto-recording-1"
BAG_FILE: Final = "tenuto-recordings.jsonl"
"""A tag file of a bag: a document a line, in the order of recording ids."""
OBJECT_FILE: Final = "recording.json"
"""A logical path of an OCFL object."""


class PackagedFile(msgspec.Struct, frozen=True):
    """One object of the recording. `path` is from the bag's folder, or a logical path of the OCFL object."""

    path: str
    tier: str
    media_type: str
    length: int
    sha256: str
    essence: str
    integrity: str
    source_uri: str


class PackagedRights(msgspec.Struct, frozen=True):
    """The rights decision when it was packed: `licence` where it was cleared, else the `refusal`."""

    licence: str | None
    refusal: str | None
    evidence: tuple[Evidence, ...]


class PackagedRecording(msgspec.Struct, frozen=True):
    """One document. Texts are empty, and numbers null, where the catalogue doesn't know them (any more)."""

    format: str
    recording: str
    title: str
    artist: str
    release: str
    year: int | None
    duration_ms: int | None
    genre: str
    identifiers: tuple[Identifier, ...]
    rights: PackagedRights
    files: tuple[PackagedFile, ...]


def write_recording(document: PackagedRecording) -> bytes:
    """Canonical JSON (RFC 8785) on one line, with its line feed."""
    return rfc8785.dumps(msgspec.to_builtins(document)) + b"\n"


def read_recording(data: bytes) -> PackagedRecording:
    """`BadInputError` where it isn't a document of this version. Unknown members are ignored."""
    try:
        found = msgspec.json.decode(data, type=PackagedRecording)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(f"not a recording's document: {error}") from None
    if found.format != FORMAT:
        raise BadInputError(f"a document of format {found.format!r}", remedy="Use a newer Tenuto")
    return found
