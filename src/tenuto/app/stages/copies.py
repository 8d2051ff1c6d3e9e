"""One copy of each audio: of recordings that hold the same, the plan wants one (docs/plan.md, One copy)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenuto.app.config import Config
from tenuto.app.stages.choose import decide, location, policy
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.duplicates import Member
from tenuto.model.errors import NotFoundError
from tenuto.model.ports import CatalogueReader
from tenuto.model.rights import Refusal
from tenuto.plan import CandidateBatch, Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Recordings whose audio is held as another one's, by rank or by number; one array element each."""

    spared: Ints
    kept: Ints
    """The recording that is held in its place."""
    listens: Floats
    """Of the spared one; they count for the kept one, since its audio serves them."""

    def numbered(self, by_rank: NDArray[np.uint32]) -> "Copies":
        """The same, by number instead of by rank."""
        spared, kept = (by_rank[ranks].astype(np.int64) for ranks in (self.spared, self.kept))
        return Copies(spared, kept, self.listens)

    def apply(self, batch: CandidateBatch) -> CandidateBatch:
        """The same recordings: the spared ones aren't to be had, draw no listens, and can't be lost apart."""
        if not len(self.spared):
            return batch
        spared = np.isin(batch.number, self.spared)
        listens = np.where(spared, 0.0, batch.listens)
        here = np.isin(self.kept, batch.number)
        np.add.at(listens, np.searchsorted(batch.number, self.kept[here]), self.listens[here])
        counted, squares, loss = (
            np.where(spared, 0.0, each) for each in (batch.counted, batch.squares, batch.loss)
        )
        sizes = np.where(spared, -1, batch.sizes)
        return replace(batch, listens=listens, counted=counted, squares=squares, loss=loss, sizes=sizes)


_NONE: Final = np.zeros(0, dtype=np.int64)
NO_COPIES: Final = Copies(_NONE, _NONE, np.zeros(0))


def copies(reader: CatalogueReader, members: Iterable[Member], config: Config) -> Copies:
    """Of each cluster one recording is kept: one that is to be had and cleared, then the best copy.

    `members` by cluster and place. Recordings that the catalogue doesn't know any more are passed over; those
    that were joined are one.
    """
    found: list[tuple[int, int, float]] = []
    for _, cluster in groupby(members, key=lambda member: member.cluster):
        known = {detail.summary.id: detail for member in cluster for detail in _known(reader, member)}
        if not known:
            continue
        best, *others = (each.summary.popularity for each in _best_first(known.values(), config))
        found += [(other.rank, best.rank, other.listens) for other in others]
    if not found:
        return NO_COPIES
    spared, kept, listens = zip(*sorted(found), strict=True)
    return Copies(np.array(spared), np.array(kept), np.array(listens))


def _known(reader: CatalogueReader, member: Member) -> tuple[RecordingDetail, ...]:
    try:
        return (reader.show(member.recording),)
    except NotFoundError:
        return ()


def _best_first(cluster: Iterable[RecordingDetail], config: Config) -> list[RecordingDetail]:
    """Python's sort is stable: among equals the cluster's order stands."""
    rules = policy(config)
    return sorted(
        cluster,
        key=lambda each: (location(each, config, rules) is None, isinstance(decide(each, rules), Refusal)),
    )
