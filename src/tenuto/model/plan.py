"""What to hold at which quality."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tenuto.model.ids import PlanId, RecordingId, SnapshotId


class Tier(StrEnum):
    """The quality at which a recording is held."""

    ORIGINAL = "original"
    """Bit for bit as the source has it."""
    HIGH = "access-high"
    """An Opus access copy at a bit rate that hardly anyone tells from the original."""
    ACCESS = "access"
    """An Opus access copy at the usual bit rate."""
    LOW = "access-low"
    """An Opus access copy at the lowest bit rate that a plan uses."""
    METADATA = "metadata"
    """Nothing held: the catalogue row only."""


TIER_CODES: Final = (Tier.METADATA, Tier.LOW, Tier.ACCESS, Tier.HIGH, Tier.ORIGINAL)
"""The meaning of the tier codes 0 to 4: nothing held, then by rising quality."""


GROUPS: Final = ("releases", "artists", "genres")
"""A plan covers a release when all its recordings are held; an artist or a genre when one is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The planned tier of one recording. `bytes` is the expected size at that tier."""

    recording: RecordingId
    tier: Tier
    bytes: int


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """With `bytes` on disk, recordings that draw `listens` of all listens are held."""

    bytes: int
    recordings: int
    listens: float
    saved: float = 0.0
    """The sum of chances of loss that holding takes away."""
    low: float = 0.0
    """The share of listens lies between `low` and `high` with 95 %, as far as sampling goes."""
    high: float = 1.0
    releases: int = 0
    """Of which all recordings are held."""
    artists: int = 0
    """Of whom one recording is held; `genres` likewise."""
    genres: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """A disk or a server that takes copies. What happens to a `place` happens to all sites there: a building,
    an operator, a region."""

    name: str
    place: str
    capacity: int
    """Bytes, at least 1."""


@dataclass(frozen=True, slots=True)
class SiteShare:
    """What a plan puts at a site."""

    name: str
    place: str
    capacity_bytes: int
    bytes: int
    recordings: int


PolicyValue = str | int | float | bool | list[str]


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan comes to. Coverage is `listens_covered / listens_total`."""

    id: PlanId
    snapshot: SnapshotId
    budget_bytes: int
    bytes: int
    by_tier: dict[Tier, int]
    """Recordings by tier; their sum is the snapshot's number of recordings."""
    bytes_by_tier: dict[Tier, int]
    listens_covered: float
    listens_total: float
    synthetic: bool
    """True when the listens are drawn from a law instead of counted."""
    coverage_low: float = 0.0
    """Coverage lies between this and `coverage_high` with 95 %, as far as sampling goes."""
    coverage_high: float = 1.0
    counted_total: float = 0.0
    """Listens that were counted: the sample that `listens_total` is estimated from."""
    squares_total: float = 0.0
    """The sampling variance of `counted_total`."""
    loss_avoided: float = 0.0
    """Recordings expected to be lost elsewhere that the plan saves, by quality."""
    loss_total: float = 0.0
    """Recordings expected to be lost elsewhere."""
    value: float = 0.0
    """Of the objective: between 0 and 1, `bound` at most."""
    bound: float = 0.0
    """No plan within the budget and its limits is worth more."""
    exact: bool = False
    """Whether `value` is proved to be the best."""
    policy: dict[str, PolicyValue] = field(default_factory=dict)
    """The settings that the plan was made with."""
    tiers_sha256: str = ""
    """Of `tiers.bin`."""
    covered: dict[str, int] = field(default_factory=dict)
    """Releases of which all recordings are held; artists and genres of which one is."""
    known: dict[str, int] = field(default_factory=dict)
    """Releases, artists and genres with recordings."""
    copies: int = 1
    """Of each recording that is held, at different places. All bytes of a plan are those of one copy."""
    sites: tuple[SiteShare, ...] = ()
    sites_sha256: str = ""
    """Of `sites.bin`; empty where no sites are named."""

    @property
    def files(self) -> int:
        """Recordings that are held at any tier."""
        return sum(count for tier, count in self.by_tier.items() if tier is not Tier.METADATA)

    @property
    def gap(self) -> float:
        """How far the plan is from the best one at most, as a share of the bound."""
        return max(0.0, 1 - self.value / self.bound) if self.bound and not self.exact else 0.0


@dataclass(frozen=True, slots=True)
class BudgetAnswer:
    """What the best plan for a budget comes to, to within one bucket of the plan's sums."""

    budget_bytes: int
    bytes: int
    by_tier: dict[Tier, int]
    """Of all recordings of the snapshot."""
    listens: float
    listens_total: float
    low: float
    """The share of listens lies between `low` and `high` with 95 %, as far as sampling goes."""
    high: float
    saved: float
    """Of `loss_total` recordings expected to be lost elsewhere."""
    loss_total: float
    covered: dict[str, int]
    """Releases of which all recordings are held; artists and genres of which one is."""
    known: dict[str, int]
    """Releases, artists and genres with recordings."""
    next_bytes: int
    """So many bytes more would buy `next_recordings` more, with `next_listens` more."""
    next_recordings: int
    next_listens: float

    @property
    def sampled(self) -> bool:
        """Whether `low` and `high` say anything: drawn and uncounted listens have no sample."""
        return self.low > 0 or self.high < 1

    @property
    def recordings(self) -> int:
        """Held at any tier."""
        return sum(count for tier, count in self.by_tier.items() if tier is not Tier.METADATA)
