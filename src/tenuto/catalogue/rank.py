"""Popularity of every recording, and what a snapshot says of its listens."""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.catalogue import order, weights
from tenuto.catalogue.parts import file_sha256, view_table
from tenuto.catalogue.session import Resources, open_session
from tenuto.catalogue.snapshots import load, make_current, save
from tenuto.catalogue.weights import CODES, GONE, Weights
from tenuto.formats.snapshot import PopularityFile, Snapshot, SnapshotListens
from tenuto.formats.tables import LISTENS, RECORDINGS
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import UsageError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter

MAX_SEED: Final = 2**53 - 1
"""The largest integer that canonical JSON carries exactly (RFC 8785, section 3.2.2.3)."""

_ROWS: Final = 1_048_576

_DRAWN: Final = """SELECT number, floor(4503599627370496e2 /
    (('0x' || substr(sha256('{seed}' || chr(10) || id::VARCHAR), 1, 13))::BIGINT + 1))::FLOAT AS listens
FROM live_recordings"""
"""Zipf's law with exponent 1: P(listens >= 100 n) = 1/n, from 52 bits of SHA-256 (no libm, any machine)."""


def rank(
    root: Path,
    snapshot: SnapshotId,
    reporter: Reporter,
    *,
    synthetic_seed: int | None = None,
    resources: Resources | None = None,
) -> SnapshotId:
    """Ranks a snapshot anew, makes the result current and returns it.

    The child shares every core part with `snapshot`. Where nothing changes, it is `snapshot` itself.
    With `synthetic_seed`, all listens are drawn from a seeded law, and marked so.
    """
    if synthetic_seed is not None and not 0 <= synthetic_seed <= MAX_SEED:
        raise UsageError("a seed is a whole number from 0 to 2^53 - 1", where=str(synthetic_seed))
    base = load(root, snapshot)
    draft = replace(base, parent=snapshot, listens=replace(base.listens, synthetic_seed=synthetic_seed))
    ranked = finish(root, draft, reporter, resources or Resources(), unchanged=(snapshot, base))
    make_current(root, ranked)
    return ranked


def finish(
    root: Path,
    draft: Snapshot,
    reporter: Reporter,
    resources: Resources,
    *,
    unchanged: tuple[SnapshotId, Snapshot] | None,
) -> SnapshotId:
    """Adds popularity to a snapshot whose parts are written, saves it, and puts it in rank order.

    `unchanged` is the parent: where the draft differs from it in nothing but its parent, the parent stands.
    """
    reporter.phase("rank", items=draft.counts["recordings"])
    heard = weigh(root, draft, resources)
    waiting = root / "catalogue" / "popularity.new"
    waiting.parent.mkdir(parents=True, exist_ok=True)
    try:
        popularity = _write(waiting, heard)
        whole = replace(draft, popularity=popularity, listens=_summed(heard, draft.listens.synthetic_seed))
        reporter.advance(draft.counts["recordings"])
        same = unchanged is not None and replace(whole, parent=unchanged[1].parent) == unchanged[1]
        identity = unchanged[0] if same and unchanged else save(root, whole, waiting)
    finally:
        waiting.unlink(missing_ok=True)
    if not order.has_order(root, identity):
        order.keep_weights(root, identity, heard)
        order.put_in_order(root, identity, whole, heard)
    return identity


def weigh(root: Path, snapshot: Snapshot, resources: Resources) -> Weights:
    """From the core tables and the seed alone."""
    if snapshot.listens.synthetic_seed is not None:
        return _drawn(root, snapshot, resources)
    return (
        weights.counted(root, snapshot)
        if snapshot.counts[LISTENS.name]
        else weights.uncounted(root, snapshot)
    )


def _drawn(root: Path, snapshot: Snapshot, resources: Resources) -> Weights:
    listens = np.zeros(snapshot.numbers[RECORDINGS.name], dtype=np.float32)
    basis = np.full(len(listens), GONE, dtype=np.uint8)
    with open_session(root / "catalogue" / "scratch", resources) as session:
        view_table(session, root, RECORDINGS, snapshot.parts[RECORDINGS.name], "live")
        for batch in session.batches(_DRAWN.format(seed=snapshot.listens.synthetic_seed)):
            places = batch.column(0).to_numpy()
            listens[places] = batch.column(1).to_numpy()
            basis[places] = CODES.index(ListensBasis.SYNTHETIC)
    return Weights(listens, basis, weights.popularity_of(listens))


def _write(path: Path, heard: Weights) -> PopularityFile:
    """`popularity.parquet` (snapshot.md, clause 8)."""
    names = pa.array([str(basis) for basis in CODES])
    schema = pa.schema([("popularity", pa.uint8()), ("basis", pa.dictionary(pa.int8(), pa.string()))])
    with pq.ParquetWriter(
        path, schema, version="2.6", data_page_version="2.0", compression="zstd", compression_level=3,
        store_schema=False, use_dictionary=["basis"], column_encoding={"popularity": "BYTE_STREAM_SPLIT"},
    ) as writer:  # fmt: skip
        for start in range(0, len(heard.basis), _ROWS):
            codes = heard.basis[start : start + _ROWS]
            gone = codes == GONE
            basis = pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int8), mask=gone), names)
            popularity = pa.array(heard.popularity[start : start + _ROWS], mask=gone)
            writer.write_table(pa.table([popularity, basis], schema=schema))
    return PopularityFile(file_sha256(path), len(heard.basis), path.stat().st_size)


def _summed(heard: Weights, seed: int | None) -> SnapshotListens:
    found = np.bincount(heard.basis, minlength=256)
    bases = {basis: int(found[code]) for code, basis in enumerate(CODES) if found[code]}
    return SnapshotListens(bases, float(heard.listens.sum(dtype=np.float64)), seed)
