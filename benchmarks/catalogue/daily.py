"""A day's changes at scale: one recording in a thousand gets another title, count and ISRC.

The new snapshot is made from the old one's own tables, because a second harvest would need as much room as
the first. What is measured is what a mirror does with the delta.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from benchmarks.report import Measured, measure, megabytes, show
from tenuto.catalogue import Resources, build_derived, current, delta
from tenuto.catalogue.parts import PartWriter, view_table
from tenuto.catalogue.rank import finish
from tenuto.catalogue.session import Session, open_session
from tenuto.catalogue.snapshots import load, make_current
from tenuto.formats.snapshot import Part
from tenuto.formats.tables import IDENTIFIERS, LISTENS, NAMES, RECORDINGS, Table
from tenuto.model.ids import SnapshotId
from tenuto.testing.source import Silence

ONE_IN = 1000

_CHANGES = {
    RECORDINGS: "title || ' (live)' AS title",
    LISTENS: "count * 2 + 1 AS count",
    IDENTIFIERS: "CASE scheme WHEN 'isrc' THEN left(value, 5) || reverse(value[6:]) ELSE value END AS value",
}


@dataclass(frozen=True, slots=True)
class Day:
    """What each step took; `delta_bytes` travel."""

    steps: dict[str, Measured[None]]
    delta_bytes: int


def daily(root: Path, memory: str, indexed: int) -> Day:
    """Builds the next snapshot, and brings a mirror of the first (hard links beside `root`) up to it."""
    mirror, folder = root.with_name("mirror"), root.with_name("delta")
    before = current(root)
    assert before is not None
    _mirror(root, mirror)
    steps = {"change and rank (where it is built)": measure(partial(change, root, before, memory))}
    calls: dict[str, Callable[[], None]] = {
        "write the delta": partial(_write, root, before, folder),
        "apply it on a mirror": partial(_apply, mirror, folder),
        "there: rank order, search index, roll-ups": partial(_derive, mirror, memory, indexed),
    }
    steps |= {name: measure(call) for name, call in calls.items()}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Day(steps, size)


def report_daily(day: Day, build: Measured[str]) -> None:
    show(
        f"catalogue: a delta of one recording in {ONE_IN:,} ({megabytes(day.delta_bytes)} MB)",
        ("step", "wall s", "CPU s", "peak MB", "of a build's wall time"),
        [
            [
                *(name, f"{each.wall:,.1f}", f"{each.cpu:,.1f}"),
                *(megabytes(each.peak_bytes), f"{each.wall / build.wall:.1%}"),
            ]
            for name, each in day.steps.items()
        ],
    )


def _mirror(root: Path, mirror: Path) -> None:
    shutil.rmtree(mirror, ignore_errors=True)
    ignored = shutil.ignore_patterns("derived", "scratch")
    shutil.copytree(root / "catalogue", mirror / "catalogue", copy_function=os.link, ignore=ignored)


def change(root: Path, before: SnapshotId, memory: str, day: int = 0) -> None:
    """The next snapshot; on each of ONE_IN days other recordings change."""
    base, resources = load(root, before), Resources(memory_limit=memory)
    parts = dict(base.parts)
    with open_session(root / "catalogue" / "scratch", resources) as session:
        for table, changes in _CHANGES.items():
            view_table(session, root, table, parts[table.name], "old")
            of_recordings = "entity = 'recording' AND" if "entity" in table.key else ""
            where = f"{of_recordings} {table.key[-1]} % {ONE_IN} = {(7 + day) % ONE_IN}"
            old = f"(FROM old_{table.name} WHERE {where})"
            session.execute(f"CREATE TABLE new_{table.name} AS SELECT * REPLACE ({changes}) FROM {old}")
            parts[table.name] = _added(session, root, table, parts, f"new_{table.name}", old)
        view_table(session, root, IDENTIFIERS, parts[IDENTIFIERS.name], "live")
        view_table(session, root, NAMES, parts[NAMES.name], "old")
        session.script("changed_names")
        parts[NAMES.name] = _added(session, root, NAMES, parts, "new_names", "affected_names")
    draft = replace(base, parent=before, parts=parts)
    make_current(root, finish(root, draft, Silence(), resources, unchanged=None))


def _added(  # noqa: PLR0917 -- what a table's next generation is made of
    session: Session, root: Path, table: Table, parts: Mapping[str, tuple[Part, ...]], new: str, old: str
) -> tuple[Part, ...]:
    writer = PartWriter(session, root, table, parts[table.name])
    writer.add(new, old)
    return writer.finish()


def _write(root: Path, before: SnapshotId, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    after = current(root)
    assert after is not None
    delta.write(root, before, after, folder, Silence())


def _apply(mirror: Path, folder: Path) -> None:
    delta.apply(mirror, folder, Silence())


def _derive(mirror: Path, memory: str, indexed: int) -> None:
    snapshot = current(mirror)
    assert snapshot is not None
    build_derived(mirror, snapshot, Silence(), resources=Resources(memory_limit=memory), indexed=indexed)
