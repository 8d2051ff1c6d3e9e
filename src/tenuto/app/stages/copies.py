"""One copy of each audio: of recordings that hold the same, the plan wants one (docs/plan.md, One copy)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from tenuto.app.config import Config
from tenuto.app.stages.choose import decide, location, policy
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.duplicates import Member
from tenuto.model.errors import NotFoundError
from tenuto.model.ports import CatalogueReader
from tenuto.model.rights import Refusal
from tenuto.plan import CandidateBatch
from tenuto.plan.candidates import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Copies:
    """Recordings by rank whose audio is held as another one's; one array element each."""

    spared: Ints
    kept: Ints
    """The rank of the recording that is held in its place."""
    listens: Floats
    """Of the spared one; they count for the kept one, since its audio serves them."""

    def apply(self, batch: CandidateBatch) -> CandidateBatch:
        """The same recordings: the spared ones are not to be had and draw no listens."""
        spared = np.isin(batch.rank, self.spared)
        listens = np.where(spared, 0.0, batch.listens)
        here = np.isin(self.kept, batch.rank)
        np.add.at(listens, np.searchsorted(batch.rank, self.kept[here]), self.listens[here])
        original, access = (
            np.where(spared, -1, sizes) for sizes in (batch.original_bytes, batch.access_bytes)
        )
        return CandidateBatch(batch.rank, listens, original, access)


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
