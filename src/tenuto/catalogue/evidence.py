"""Each recording's rights statements, a window of numbers at a time: what decides what may be published."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from tenuto.catalogue.runs import Ints
from tenuto.catalogue.snapshots import load
from tenuto.catalogue.stream import coded
from tenuto.catalogue.window import Rows, window_rows, windows
from tenuto.formats.snapshot import Snapshot
from tenuto.formats.tables import RECORDINGS, RIGHTS
from tenuto.model.ids import SnapshotId
from tenuto.model.rights import EvidenceKind

Statements = tuple[tuple[EvidenceKind, str], ...]


@dataclass(frozen=True, slots=True)
class Stated:
    """Live recordings of a window, one array element each."""

    ids: pa.Array
    """UUIDs."""
    evidence: Ints
    """A place in `statements`; -1: no evidence."""
    statements: tuple[Statements, ...]
    """Each different set of rights statements of the window."""


class EvidenceReader:
    """Reads a snapshot window by window."""

    def __init__(self, root: Path, snapshot: SnapshotId) -> None:
        made_of = load(root, snapshot)
        self.windows = tuple(windows(made_of))
        self.read = partial(_stated, root, made_of)


def _stated(root: Path, snapshot: Snapshot, window: range) -> Stated:
    recordings = window_rows(root, snapshot, RECORDINGS, ("id",), window)
    rights = window_rows(root, snapshot, RIGHTS, ("kind", "statement"), window)
    statements, evidence = sets_of_statements(rights, len(window))
    return Stated(recordings.columns[0], evidence[recordings.places], statements)


def sets_of_statements(rows: Rows, size: int) -> tuple[tuple[Statements, ...], Ints]:
    """The different sets of statements in rows of `RIGHTS` (kind, statement), and each place's: -1 for none.

    Sets grow statement by statement, all recordings at once.
    """
    kinds, kind = coded(rows.columns[0])
    texts, text = coded(rows.columns[1])
    pairs, of_row = np.unique(kind * max(len(texts), 1) + text, return_inverse=True)
    known = [
        (EvidenceKind(kinds[pair // len(texts)]), str(texts[pair % len(texts)])) for pair in pairs.tolist()
    ]
    places, codes = np.divmod(np.unique(rows.places * max(len(pairs), 1) + of_row), max(len(pairs), 1))
    sets: list[Statements] = []
    found = np.full(size, -1, dtype=np.int64)
    while len(places):
        _, first = np.unique(places, return_index=True)
        at, added = places[first], codes[first]
        steps, which = np.unique((found[at] + 1) * len(pairs) + added, return_inverse=True)
        for step in steps.tolist():
            before = step // len(pairs) - 1
            sets.append((*(sets[before] if before >= 0 else ()), known[step % len(pairs)]))
        found[at] = len(sets) - len(steps) + which
        places, codes = np.delete(places, first), np.delete(codes, first)
    return tuple(sets), found
