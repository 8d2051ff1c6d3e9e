"""What a source tells us, row by row, before anything is merged or decided."""

from dataclasses import dataclass, field
from enum import StrEnum

from tenuto.model.ids import Sha256, SourceKey, SourceName
from tenuto.model.rights import Evidence


class Entity(StrEnum):
    """What one source row speaks of."""

    RECORDING = "recording"
    """A recording, or a recording's place on a release: rows of one key describe one recording."""
    RELEASE = "release"
    ARTIST = "artist"
    LISTENS = "listens"


class Scheme(StrEnum):
    """Identifier schemes. A value names what its row speaks of: in a release's row, the release."""

    ISRC = "isrc"
    """Of recordings."""
    MBID = "mbid"
    """Of recordings, releases and artists."""
    BARCODE = "barcode"
    """Of releases: UPC-A, EAN-8 or EAN-13 (GS1), 8, 12 or 13 digits with a right check digit."""


class Access(StrEnum):
    """How the operator comes by the bytes at a location."""

    HELD = "held"
    """Already in the operator's hands: a folder, or a package that the operator named."""
    REMOTE = "remote"
    """Must be fetched from somebody else's server; only done for cleared recordings by default."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An ISRC (ISO 3901, 12 characters, upper case, no hyphens), an MBID (lower-case UUID), or a barcode."""

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
    sha1: str | None = None
    """As the other side states it, lower-case hexadecimal; checked where there is no SHA-256."""
    md5: str | None = None
    """As `sha1`. Finds damage, not malice."""


@dataclass(frozen=True, slots=True)
class Listens:
    """A count of listens, as its source states it.

    `window` is an ISO 8601 interval (`2014-06-16/2014-06-23`) or empty when the source gives none.
    """

    count: float
    unit: str = "plays"
    window: str = ""
    listener: str = ""
    """Whose listens these are, where one row counts one listener's; the catalogue caps each listener."""
    listeners: int | None = None
    """By how many listeners, where the source's adapter summed (and capped) over them."""
    squares: float | None = None
    """The sum over listeners of the square of each one's count: the sampling variance of `count` as a
    compound Poisson sum. None: each listen stands for itself, and the variance is `count`."""


class Mode(StrEnum):
    """Of a musical key."""

    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True)
class Features:
    """What a source says of a recording's sound and words. None: not said."""

    explicit: bool | None = None
    key: int | None = None
    """Pitch class of the tonic, 0 = C to 11 = B."""
    mode: Mode | None = None
    tempo: float | None = None
    """Beats a minute."""


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
    """The credit as printed."""
    artist_key: SourceKey | None = None
    """The source's key of the artist credited first."""
    release: str = ""
    release_key: SourceKey | None = None
    release_artist: str = ""
    disc_number: int | None = None
    track_number: int | None = None
    year: int | None = None
    duration_ms: int | None = None
    genre: str = ""
    """The source's genres, the most fitting first, separated by `; `."""
    label: str = ""
    identifiers: tuple[Identifier, ...] = ()
    listens: Listens | None = None
    evidence: tuple[Evidence, ...] = ()
    location: Location | None = None
    features: Features | None = None


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
    """The adapter, as `tenuto.sources.registry` knows it."""
    priority: int
    """Lower wins where sources disagree, and names merged recordings."""
    version: str
    """Names the content: equal versions mean equal rows. Package versions, or a digest."""
    licence: str = ""
    attribution: str = ""
    settings: dict[str, str | list[str]] = field(default_factory=dict)
    """What is needed to open the same source again; machine-dependent paths are allowed here."""
    keys_are_recordings: bool = True
    """Whether different keys are different recordings to this source (MusicBrainz), so that it takes the
    operator or another source's word to merge them; or name files or tracks, several of which may be one."""
