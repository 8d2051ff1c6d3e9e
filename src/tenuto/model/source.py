"""What a source tells us, row by row, before anything is merged or decided."""

from dataclasses import dataclass, field
from enum import StrEnum

from tenuto.model.ids import Sha256, SourceKey, SourceName
from tenuto.model.rights import Evidence


class Entity(StrEnum):
    """What one source row speaks of."""

    RECORDING = "recording"
    RELEASE = "release"
    LISTENS = "listens"


class Scheme(StrEnum):
    """Identifier schemes that name one recording; equal values merge rows exactly."""

    ISRC = "isrc"
    MBID = "mbid"


class Access(StrEnum):
    """How the operator comes by the bytes at a location."""

    HELD = "held"
    """Already in the operator's hands: a folder, or a package that the operator named."""
    REMOTE = "remote"
    """Must be fetched from somebody else's server; only done for cleared recordings by default."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An ISRC (ISO 3901, 12 characters, upper case, no hyphens) or an MBID (lower-case UUID)."""

    scheme: Scheme
    value: str


@dataclass(frozen=True, slots=True)
class Location:
    """Where a recording's audio can be had.

    `uri` is machine-independent: `folder:<source>/<path>`, `deb:<package>/<version>/<path>`
    (paths percent-encoded, RFC 3986), or an `http(s):` URL. `length` is in bytes, None when unknown.
    """

    uri: str
    access: Access
    length: int | None = None
    sha256: Sha256 | None = None
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Listens:
    """A count of listens, as its source states it.

    `window` is an ISO 8601 interval (`2014-06-16/2014-06-23`) or empty when the source gives none.
    """

    count: float
    unit: str = "plays"
    window: str = ""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a source. `(source, ordinal)` names it; `raw` is the row as it stood there.

    `ordinal` counts from 0 in the source's stable order. `key` need not be unique: rows of one
    entity with equal keys are the same thing to the source. `raw` is canonical JSON (RFC 8785).
    """

    source: SourceName
    ordinal: int
    entity: Entity
    key: SourceKey
    raw: str
    title: str = ""
    artist: str = ""
    release: str = ""
    release_key: SourceKey | None = None
    release_artist: str = ""
    disc_number: int | None = None
    track_number: int | None = None
    year: int | None = None
    duration_ms: int | None = None
    genre: str = ""
    label: str = ""
    identifiers: tuple[Identifier, ...] = ()
    listens: Listens | None = None
    evidence: tuple[Evidence, ...] = ()
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A source row that could not be read: counted, kept in the rejects file, never dropped."""

    source: SourceName
    ordinal: int
    where: str
    """The file, and the line or path in it."""
    what: str
    """The fault and what the reader can do, in one sentence."""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class SourceDescription:
    """Who a source is, under which terms its data stands, and which version was read."""

    name: SourceName
    kind: str
    """The adapter: `folder`, `debian` or `table`."""
    priority: int
    """Lower wins where sources disagree, and names merged recordings."""
    version: str
    """Names the content: equal versions mean equal rows. Package versions, or a digest."""
    licence: str = ""
    attribution: str = ""
    settings: dict[str, str | list[str]] = field(default_factory=dict)
    """What is needed to open the same source again; machine-dependent paths are allowed here."""
