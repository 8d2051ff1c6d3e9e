"""Plans on disk, and the current one (docs/formats/plan.md)."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tenuto.app.archive import Archive
from tenuto.catalogue import SnapshotCatalogue, descends
from tenuto.catalogue import current as current_snapshot
from tenuto.formats import plan as files
from tenuto.model.errors import BadInputError, NotFoundError
from tenuto.model.ids import SnapshotId
from tenuto.model.plan import TIER_CODES, CurvePoint, PlanSummary, Tier
from tenuto.plan import COLUMNS, SLOTS, Codes, Tableau, Totals
from tenuto.pointers import read_pointer

TIERS: Final = "tiers.bin"
SITES: Final = "sites.bin"
STEPS: Final = "steps.parquet"
SUMMARY: Final = "plan.json"
CURVE: Final = "curve.csv"


class StoredPlan:
    """One plan in its folder."""

    def __init__(self, archive: Archive, folder: Path) -> None:
        self._archive, self._folder = archive, folder
        self.summary = files.decode_summary((folder / SUMMARY).read_bytes())

    def curve(self) -> tuple[CurvePoint, ...]:
        """The coverage curve."""
        return files.decode_curve((self._folder / CURVE).read_bytes())

    def codes(self) -> NDArray[np.uint8]:
        """Tier codes by recording number, memory-mapped. `BadInputError` where the length can't be right."""
        path = self._folder / TIERS
        if not path.stat().st_size:
            return np.zeros(0, dtype=np.uint8)
        found = np.memmap(path, dtype=np.uint8, mode="r")
        if len(found) < sum(self.summary.by_tier.values()):
            raise BadInputError("it is too short for its plan", where=str(path), remedy="tenuto plan")
        return found

    def slots(self) -> Codes | None:
        """By slot, the places in `summary.sites` of its copies; None where no sites are named.

        `BadInputError` where the file isn't the plan's.
        """
        summary = self.summary
        if not summary.sites:
            return None
        path = self._folder / SITES
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != summary.sites_sha256:
            raise BadInputError("it isn't its plan's", where=str(path), remedy="tenuto plan")
        found: Codes = np.frombuffer(data, dtype=np.int8).reshape(SLOTS, summary.copies)
        return found

    def sites_of(self, number: int) -> list[int]:
        """The places in `summary.sites` of a held recording's copies."""
        slots = self.slots()
        return [] if slots is None else slots[number % SLOTS].tolist()

    def tableau(self) -> Tableau:
        """What every budget comes to, under this plan's policy."""
        columns = files.read_steps(self._folder / STEPS)
        summary = self.summary
        return Tableau(
            Totals(sum(summary.by_tier.values()), summary.listens_total),
            summary.loss_total,
            summary.counted_total,
            summary.squares_total,
            columns["pool"],
            columns["bucket"],
            np.stack([columns[name].astype(np.float64) for name in COLUMNS], axis=1),
            summary.known,
        )

    def fits(self, snapshot: SnapshotId) -> bool:
        """Whether its numbers mean the same recordings in the snapshot."""
        return descends(self._archive.root, snapshot, self.summary.snapshot)


def steps_columns(tableau: Tableau) -> dict[str, NDArray[Any]]:
    """As `steps.parquet` has them."""
    return {"pool": tableau.pool, "bucket": tableau.bucket} | {name: tableau.column(name) for name in COLUMNS}


def stored(archive: Archive, plan: str = "") -> StoredPlan:
    """A plan by its id, or the current one. `NotFoundError`."""
    name = plan or read_pointer(archive.plans)
    if not name:
        raise NotFoundError("no plan yet", where=str(archive.root), remedy="tenuto plan --budget SIZE")
    folder = archive.plans / name
    if not (folder / SUMMARY).is_file():
        raise NotFoundError("there is no such plan", where=name, remedy="`tenuto plan` makes one")
    return StoredPlan(archive, folder)


def current_plan(archive: Archive) -> PlanSummary | None:
    """The current plan, or None before the first one."""
    return stored(archive).summary if read_pointer(archive.plans) else None


def current_curve(archive: Archive) -> tuple[CurvePoint, ...]:
    """Its coverage curve; empty without a plan."""
    return stored(archive).curve() if read_pointer(archive.plans) else ()


def former(archive: Archive) -> StoredPlan | None:
    """The current plan, as far as it can be read: a new one doesn't need it."""
    try:
        found = stored(archive)
        found.codes()
        found.slots()
    except (NotFoundError, BadInputError, FileNotFoundError):
        return None
    return found


def codes_before(plan: StoredPlan | None, snapshot: SnapshotId) -> NDArray[np.uint8]:
    """A plan's tier codes by number; empty where there is no plan, or its numbers mean others."""
    return plan.codes() if plan is not None and plan.fits(snapshot) else np.zeros(0, dtype=np.uint8)


def planned(archive: Archive, reader: SnapshotCatalogue) -> Iterator[tuple[int, Tier]]:
    """(number, tier) of what the current plan holds, most heard first. `NotFoundError` without a plan of this
    catalogue."""
    found = stored(archive)
    if not found.fits(reader.summary().id):
        remedy = "Plan again: tenuto plan"
        raise NotFoundError("the plan is of another catalogue", where=found.summary.id, remedy=remedy)
    codes, numbers = found.codes(), reader.by_rank
    for start in range(0, len(numbers), 1 << 16):
        part = np.asarray(numbers[start : start + (1 << 16)])
        known = part[part < len(codes)]
        for number in known[codes[known] > 0].tolist():
            yield number, TIER_CODES[codes[number]]


class PlannedTiers:
    """The place in `Tier` of each rank's planned tier, looked up as it is asked for."""

    def __init__(self, codes: NDArray[np.uint8], numbers: NDArray[np.uint32]) -> None:
        self._codes, self._numbers = codes, numbers
        self._places = [list(Tier).index(tier) for tier in TIER_CODES]

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, rank: int, /) -> int:
        number = self._numbers[rank]
        return self._places[self._codes[number] if number < len(self._codes) else 0]


def planned_tiers(archive: Archive) -> PlannedTiers | bytes:
    """By rank of the current snapshot, for the facets of a search; empty without a plan of it."""
    snapshot = current_snapshot(archive.root)
    codes = codes_before(former(archive), snapshot) if snapshot else np.zeros(0, dtype=np.uint8)
    if snapshot is None or not len(codes):
        return b""
    return PlannedTiers(codes, SnapshotCatalogue(archive.root, snapshot).by_rank)
