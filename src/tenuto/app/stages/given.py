"""What a plan comes to while its tiers are given out, batch by batch."""

import hashlib
from dataclasses import dataclass, field
from typing import IO, Final

import numpy as np

from tenuto.app.stages.groups import Groups
from tenuto.app.stages.sites import SlotSums
from tenuto.plan import CandidateBatch, Codes, Decision, Tally

CHURN: Final = ("added", "dropped", "moved", "added_bytes", "moved_bytes")


@dataclass(slots=True, eq=False)
class Given:
    """Totals, sums by slot, and what changes against the plan before."""

    decision: Decision
    """By which tiers are given out."""
    tally: Tally
    slots: SlotSums | None
    """None where no sites are named."""
    groups: Groups
    churn: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CHURN, 0))
    missed: int = 0
    """Recordings that are always to be held, but aren't to be had."""
    tiers_sha256: str = ""
    exact: bool = False
    """Whether it is proved to be the best within its budget and limits."""

    def add(self, batch: CandidateBatch, codes: Codes) -> None:
        """One batch with its tiers."""
        sizes = np.vstack((np.zeros_like(batch.sizes[:1]), batch.sizes))[codes, np.arange(len(batch))]
        self.tally.add(batch, codes)
        if self.slots is not None:
            self.slots.add(batch, codes, sizes)
        had, has = batch.before > 0, codes > 0
        self.missed += int((batch.must & ~has).sum())
        for name, which in (("added", ~had & has), ("moved", had & has & (codes != batch.before))):
            self.churn[name] += int(which.sum())
            self.churn[f"{name}_bytes"] += int(sizes[which].sum())
        self.churn["dropped"] += int((had & ~has).sum())


class TiersWriter:
    """`tiers.bin`: a byte a number, 0 for numbers without a recording."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest, self._at = file, hashlib.sha256(), 0

    def add(self, batch: CandidateBatch, codes: Codes) -> None:
        """Batches come in the order of their numbers."""
        stop = int(batch.number[-1]) + 1 if len(batch) else self._at
        whole = np.zeros(stop - self._at, dtype=np.uint8)
        whole[batch.number - self._at] = codes
        self._at = stop
        self._file.write(whole.data)
        self._digest.update(whole.data)

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._digest.hexdigest()
