"""Where a plan's copies go: `plan.sites`, `plan.copies`, and what a new plan moves (docs/plan.md, Sites)."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np

from tenuto.app.config import Config
from tenuto.app.stages.plans import StoredPlan
from tenuto.model.errors import ConfigurationError, TenutoError
from tenuto.model.ids import SnapshotId
from tenuto.model.plan import Site, SiteShare
from tenuto.plan import SLOTS, CandidateBatch, Codes, Ints, most_held, placed
from tenuto.sizes import parse_size

MOST_SITES: Final = 127
"""`sites.bin` has a byte for each."""


def sites_of(config: Config) -> tuple[Site, ...]:
    """From `attic@home=4TB` or `library=10TB`, which is a place of its own. `ConfigurationError`."""
    sites, copies = tuple(map(_site, config.list("plan.sites"))), config.number("plan.copies")
    twice = [name for name, count in Counter(site.name for site in sites).items() if count > 1]
    if twice:
        raise ConfigurationError(f"plan.sites names {twice[0]!r} twice")
    if len(sites) > MOST_SITES:
        raise ConfigurationError(f"plan.sites names {len(sites)} sites; {MOST_SITES} are the most")
    places = len({site.place for site in sites})
    if not 1 <= copies <= max(places, 1):
        what = f"plan.copies = {copies}, but plan.sites has {places} different places"
        raise ConfigurationError(what, remedy='Name a place for each copy: plan.sites = ["NAME@PLACE=SIZE"]')
    return sites


def _site(text: str) -> Site:
    name, equals, size = text.rpartition("=")
    name, at, place = name.partition("@")
    try:
        if not equals or not name or (at and not place):
            raise ConfigurationError("a site reads NAME=SIZE or NAME@PLACE=SIZE")
        if not (capacity := parse_size(size)):
            raise ConfigurationError("a site takes one byte at least")
        return Site(name, place or name, capacity)
    except TenutoError as error:
        raise ConfigurationError(f"plan.sites has {text!r}: {error}") from error


class SlotSums:
    """What a plan puts into each slot, and what of it the plan before had at the same tier."""

    def __init__(self) -> None:
        self.recordings, self.bytes, self.kept, self.kept_bytes = (
            np.zeros(SLOTS, dtype=np.int64) for _ in range(4)
        )

    def add(self, batch: CandidateBatch, codes: Codes, sizes: Ints) -> None:
        """One batch with its tiers and the bytes that they take."""
        held = np.flatnonzero(codes)
        kept = held[codes[held] == batch.before[held]]
        for which, (number, size) in (
            (held, (self.recordings, self.bytes)),
            (kept, (self.kept, self.kept_bytes)),
        ):
            slots = batch.number[which] % SLOTS
            np.add.at(number, slots, 1)
            np.add.at(size, slots, sizes[which])


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Each slot's sites, what that puts at each, and the copies that sites get against the plan before."""

    slots: Codes
    shares: tuple[SiteShare, ...]
    received: dict[str, int]
    moved: int
    """Copies of recordings whose tier stays, at sites that hadn't them; 0 where none were placed before."""

    @property
    def sha256(self) -> str:
        """Of the slots, as `sites.bin` has them."""
        return hashlib.sha256(self.slots.tobytes()).hexdigest()


class Placing:
    """Places what a plan holds, and leaves it where it is as far as that goes."""

    def __init__(self, config: Config, plan: StoredPlan | None, snapshot: SnapshotId) -> None:
        """`plan` is the one before."""
        self.sites, self.copies = sites_of(config), config.number("plan.copies")
        self._before = _before(plan, snapshot, self.sites)

    def most(self, reserve: int) -> int | None:
        """The most bytes of one copy that the sites take; None where none are named."""
        return most_held(self.sites, self.copies, reserve) if self.sites else None

    def place(self, sums: SlotSums) -> Placement | None:
        """None where rounding to slots makes it too much."""
        before = self._before
        found = placed(sums.bytes, self.sites, self.copies, before)
        if found is None:
            return None
        shares, received, moved = [], {}, 0
        for at, site in enumerate(self.sites):
            here = (found == at).any(axis=1)
            had = here & (False if before is None else (before == at).any(axis=1))
            size, number = int(sums.bytes[here].sum()), int(sums.recordings[here].sum())
            shares.append(SiteShare(site.name, site.place, site.capacity, size, number))
            received[site.name] = size - int(sums.kept_bytes[had].sum())
            moved += 0 if before is None else int(sums.kept[here & ~had].sum())
        return Placement(found, tuple(shares), received, moved)


def _before(plan: StoredPlan | None, snapshot: SnapshotId, sites: tuple[Site, ...]) -> Codes | None:
    """A plan's sites by slot, as places in `sites`; -1 where a site is no more."""
    slots = plan.slots() if plan is not None and sites and plan.fits(snapshot) else None
    if plan is None or slots is None:
        return None
    names = [site.name for site in sites]
    now = [names.index(each.name) if each.name in names else -1 for each in plan.summary.sites]
    found: Codes = np.array(now, dtype=np.int8)[slots]
    return found
