"""From a catalogue row to what may be done with it: the rights decision, the location, the sizes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO

import numpy as np

from tenuto.app.config import Config
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.ids import RecordingId
from tenuto.model.ports import CatalogueReader
from tenuto.model.rights import Cleared, Policy, Refusal
from tenuto.model.source import Access, Location
from tenuto.plan import Batches, CandidateBatch, predict_access_bytes, predict_original_bytes
from tenuto.rights import clear

BATCH = 10_000
"""Recordings held in memory at once."""


def policy(config: Config) -> Policy:
    """The operator's rights policy."""
    return Policy(
        accept_weak_evidence=config.flag("rights.accept_weak_evidence"),
        allow_noncommercial=config.flag("rights.allow_noncommercial"),
        allow_no_derivatives=config.flag("rights.allow_no_derivatives"),
    )


def decide(detail: RecordingDetail, rules: Policy) -> Cleared[RecordingId] | Refusal:
    """The decision on one recording."""
    return clear(detail.summary.id, detail.evidence, rules)


def location(detail: RecordingDetail, config: Config, rules: Policy) -> Location | None:
    """Where to bring the recording in from: what is held comes first, then the longest known length.

    Remote locations of recordings that stay dark are left alone unless `plan.hold_remote_dark`.
    """
    usable = list(detail.locations)
    if not config.flag("plan.hold_remote_dark") and isinstance(decide(detail, rules), Refusal):
        usable = [place for place in usable if place.access is Access.HELD]
    return min(
        usable,
        key=lambda place: (place.access is Access.REMOTE, -(place.length or 0), place.uri),
        default=None,
    )


def candidates(reader: CatalogueReader, config: Config) -> Iterator[CandidateBatch]:
    """The whole snapshot in rank order, as the plan wants it. Sizes in bytes, -1 = not to be had."""
    rules = policy(config)
    ranked = reader.ranked()
    while rows := list(islice(ranked, BATCH)):
        sizes = [_sizes(row, config, rules) for row in rows]
        yield CandidateBatch(
            rank=np.array([row.summary.popularity.rank for row in rows], dtype=np.int64),
            listens=np.array([row.summary.popularity.listens for row in rows], dtype=np.float64),
            original_bytes=np.array([original for original, _ in sizes], dtype=np.int64),
            access_bytes=np.array([access for _, access in sizes], dtype=np.int64),
        )


def spooled(batches: Iterable[CandidateBatch], file: IO[bytes]) -> Batches:
    """Keeps the batches in `file`, so that the plan can read them several times and decide rights once."""
    number = 0
    for batch in batches:
        for array in (batch.rank, batch.listens, batch.original_bytes, batch.access_bytes):
            np.save(file, array, allow_pickle=False)
        number += 1

    def again() -> Iterator[CandidateBatch]:
        file.seek(0)
        for _ in range(number):
            yield CandidateBatch(*(np.load(file, allow_pickle=False) for _ in range(4)))

    return again


def _sizes(row: RecordingDetail, config: Config, rules: Policy) -> tuple[int, int]:
    place, duration = location(row, config, rules), row.summary.duration_ms
    if place is None:
        return -1, -1
    access = predict_access_bytes(duration, config.number("plan.access_bit_rate")) if duration else -1
    if place.length is not None:
        return place.length, access
    return (predict_original_bytes(duration, place.media_type) if duration else -1), access
