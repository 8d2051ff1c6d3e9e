"""From the catalogue's windows to what the plan decides on: rights, sizes, risks, limits, lists."""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.app.archive import Archive
from tenuto.app.config import Config
from tenuto.app.stages.choose import BIT_RATES, policy
from tenuto.app.stages.copies import copies
from tenuto.app.stages.duplicates import current_members
from tenuto.app.stages.limits import check_sources, limits_of, numbers_of
from tenuto.catalogue import NOWHERE, Place, SnapshotCatalogue, Statements, Supply, SupplyReader
from tenuto.model.ids import RecordingId
from tenuto.model.plan import TIER_CODES, PolicyValue, Tier
from tenuto.model.rights import Cleared, Evidence, Refusal
from tenuto.plan import (
    CandidateBatch,
    Codes,
    Ints,
    Objective,
    Totals,
    loss_chance,
    original_rate,
    predict_access_bytes,
    predict_original_bytes,
    quality,
)
from tenuto.rights import clear

_STATED: Final = (
    *("plan.rarity", "plan.rare_floor", "plan.steadiness", *BIT_RATES.values()),
    *("plan.limits", "plan.copies", "plan.sites", "plan.unlocated", "plan.hold_remote_dark", "plan.year"),
    *("rights.accept_weak_evidence", "rights.allow_noncommercial", "rights.allow_no_derivatives"),
)


def objective(config: Config) -> Objective:
    """What the operator wants, from `[plan]`."""
    low, access, high = (quality(config.number(key)) for key in BIT_RATES.values())
    return Objective(
        rarity=config.real("plan.rarity"),
        quality=(low, access, high, 1.0),
        floor=max(TIER_CODES.index(Tier(config.text("plan.rare_floor"))) - 1, 0),
        steadiness=config.real("plan.steadiness"),
    )


def policy_of(config: Config, always: Ints, never: Ints) -> dict[str, PolicyValue]:
    """The settings that a plan depends on, besides the budget."""
    found = {key: config.values[key].value for key in _STATED}
    lists = {"always": always, "never": never}
    return found | {
        f"plan.{name}": f"{len(each)} recordings, sum {int(each.sum())}" for name, each in lists.items()
    }


class Candidates:
    """Reads one snapshot's recordings as candidates, under the operator's settings. Safe between threads."""

    def __init__(self, archive: Archive, reader: SnapshotCatalogue, before: NDArray[np.uint8]) -> None:
        config, snapshot = archive.config, reader.summary()
        self._sources = tuple(str(name) for name, _ in snapshot.sources)
        self.limits = limits_of(config.list("plan.limits"))
        check_sources(self.limits, self._sources)
        self.windows = SupplyReader(
            archive.root, snapshot.id, sources=any(limit.kind == "source" for limit in self.limits)
        )
        self.objective = objective(config)
        self.totals = Totals(snapshot.counts["recordings"], snapshot.total_listens)
        self._always = numbers_of(reader, config.text("plan.always"))
        self._never = numbers_of(reader, config.text("plan.never"))
        self.policy = policy_of(config, self._always, self._never)
        self._config, self._before = config, before
        self._copies = copies(reader, current_members(archive), config).numbered(reader.by_rank)
        self._decide = lru_cache(maxsize=1 << 16)(self._decided)

    def read(self, numbers: range) -> tuple[CandidateBatch, Ints]:
        """The recordings of a window, and the durations from which `copies` makes their sizes."""
        supply = self.windows.read(numbers)
        verdicts = [self._decide(each) for each in (*supply.statements, ())]
        number = _numbers(numbers)
        original, duration = self._sizes(supply, np.array([isinstance(each, Cleared) for each in verdicts]))
        found = CandidateBatch(
            number=number,
            # As the spool keeps them: the same in both readings.
            listens=supply.listens,
            counted=_kept(supply.counted),
            squares=_kept(supply.squares),
            loss=_kept(self._loss(supply)),
            sizes=np.vstack((self.copies(duration), original)),
            pool=self._pools(supply, verdicts),
            must=np.isin(number, self._always),
            before=_slice(self._before, numbers),
        )
        found = self._copies.apply(found)
        duration = np.where(found.sizes[0] > 0, duration, 0)
        if supply.alive.all():
            return found, duration
        alive = np.flatnonzero(supply.alive)
        return found.taken(alive), duration[alive]

    def spared(self, number: Ints) -> NDArray[np.bool_]:
        """Whether a recording's audio is held as another's."""
        return np.isin(number, self._copies.spared)

    def copies(self, duration: Ints) -> Ints:
        """Bytes of each kind of access copy; -1 where the duration is 0: unknown, or not to be had."""
        rates = [self._config.number(key) for key in BIT_RATES.values()]
        return np.stack([np.where(duration > 0, predict_access_bytes(duration, rate), -1) for rate in rates])

    def _decided(self, statements: Statements) -> Cleared[RecordingId] | Refusal:
        evidence = [Evidence(kind, statement, "") for kind, statement in statements]
        return clear(RecordingId(""), evidence, policy(self._config))

    def _loss(self, supply: Supply) -> NDArray[np.float64]:
        year = self._config.number("plan.year")
        age = np.where(supply.year > 0, np.maximum(year - supply.year, 0), -1)
        return np.where(supply.alive, loss_chance(supply.hosts, supply.isrc, age), 0.0)

    def _sizes(self, supply: Supply, cleared: NDArray[np.bool_]) -> tuple[Ints, Ints]:
        """Bytes of the original, -1 where it isn't to be had, and durations (docs/plan.md, Sizes)."""
        away = cleared[supply.evidence] | self._config.flag("plan.hold_remote_dark")
        place = _chosen(supply.held, supply.remote, away)
        there = supply.alive & ~np.isin(_numbers(supply.numbers), self._never)
        if not self._config.flag("plan.unlocated"):
            there &= place.length != NOWHERE
        duration = np.where(there, np.maximum(supply.duration_ms, 0), 0)
        rates = np.array([original_rate(name) for name in (*supply.media_types, None)])
        predicted = np.where(duration > 0, predict_original_bytes(duration, rates[place.media]), -1)
        return np.where(there & (place.length > 0), place.length, predicted), duration

    def _pools(self, supply: Supply, verdicts: list[Cleared[RecordingId] | Refusal]) -> Codes:
        """The place from 1 on of the first limit that covers a recording; 0 where none does."""
        if not self.limits:
            return np.zeros(len(supply.numbers), dtype=np.int8)
        names = (*self._sources, "")
        table = np.array(
            [[self._pool(verdict, name) for name in names] for verdict in verdicts], dtype=np.int8
        )
        found: Codes = table[supply.evidence, supply.source]
        return found

    def _pool(self, verdict: Cleared[RecordingId] | Refusal, source: str) -> int:
        return next((at for at, each in enumerate(self.limits, 1) if each.covers(verdict, source)), 0)


def _chosen(held: Place, remote: Place, away: NDArray[np.bool_]) -> Place:
    """As `choose.location`: what is held comes first; what is away only where that is allowed."""
    use_remote = (held.length == NOWHERE) & away
    return Place(
        np.where(use_remote, remote.length, held.length), np.where(use_remote, remote.media, held.media)
    )


def _numbers(numbers: range) -> Ints:
    return np.arange(numbers.start, numbers.stop, dtype=np.int64)


def _kept(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values.astype(np.float32).astype(np.float64)


def _slice(before: NDArray[np.uint8], numbers: range) -> Codes:
    found = np.zeros(len(numbers), dtype=np.int8)
    part = before[numbers.start : numbers.stop]
    found[: len(part)] = part
    return found
