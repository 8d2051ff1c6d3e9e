"""Listens, popularity, and what a snapshot says of them."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from tenuto.catalogue.parts import file_sha256, view_table
from tenuto.catalogue.session import Resources, Session, open_session
from tenuto.catalogue.snapshots import load, make_current, save
from tenuto.formats.snapshot import PopularityFile, Snapshot, SnapshotListens
from tenuto.formats.tables import LISTENS, RECORDINGS, TRACKS
from tenuto.model.catalogue import ListensBasis
from tenuto.model.errors import UsageError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter

MAX_SEED: Final = 2**53 - 1
"""The largest integer that canonical JSON carries exactly (RFC 8785, section 3.2.2.3)."""

_COUNTED = "FROM estimated"
_NOBODY_COUNTS = "SELECT id, 0::DOUBLE AS listens, 'none' AS basis FROM live_recordings"
_SYNTHETIC = """SELECT id, floor(4503599627370496e2 /
    (('0x' || substr(sha256('@seed' || chr(10) || id::VARCHAR), 1, 13))::BIGINT + 1)) AS listens,
    'synthetic' AS basis
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
    """Adds popularity to a snapshot whose parts are written, and saves it.

    `unchanged` is the parent: where the draft differs from it in nothing but its parent, the parent stands.
    """
    reporter.phase("rank", items=draft.counts["recordings"])
    with open_session(root / "catalogue" / "scratch", resources) as session:
        waiting = root / "catalogue" / "scratch" / "popularity.parquet"
        popularity, listens = _popularity(session, root, draft, waiting)
        whole = replace(draft, popularity=popularity, listens=listens)
        reporter.advance(draft.counts["recordings"])
        if unchanged is not None and replace(whole, parent=unchanged[1].parent) == unchanged[1]:
            return unchanged[0]
        return save(root, whole, waiting)


def _popularity(
    session: Session, root: Path, draft: Snapshot, path: Path
) -> tuple[PopularityFile, SnapshotListens]:
    for table in (RECORDINGS, LISTENS, TRACKS):
        view_table(session, root, table, draft.parts[table.name], "live")
    seed = draft.listens.synthetic_seed
    session.script("rank", law=_law(counts=bool(draft.counts[LISTENS.name]), seed=seed))
    session.write("SELECT listens, basis, popularity FROM popularity ORDER BY id", path)
    bases = session.query("SELECT basis, count(*) FROM popularity GROUP BY ALL ORDER BY ALL")
    (total,) = session.query("SELECT coalesce(sum(listens::DECIMAL(38, 6)), 0)::DOUBLE FROM popularity")[0]
    listens = SnapshotListens({ListensBasis(basis): rows for basis, rows in bases}, total, seed)
    rows = sum(listens.basis.values())
    return PopularityFile(file_sha256(path), rows, path.stat().st_size), listens


def _law(*, counts: bool, seed: int | None) -> str:
    if seed is not None:
        return _SYNTHETIC.replace("@seed", str(seed))
    return _COUNTED if counts else _NOBODY_COUNTS
