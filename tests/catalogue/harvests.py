"""Small harvests for the tests of the catalogue, and how to look into what was built."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from tenuto.catalogue import Harvest, Resources, SnapshotCatalogue, build, build_derived, open_current
from tenuto.catalogue.parts import view_table
from tenuto.catalogue.session import open_session
from tenuto.catalogue.snapshots import load
from tenuto.formats.harvest import write_rows
from tenuto.formats.tables import TABLES
from tenuto.model.ids import SnapshotId, SourceKey, SourceName
from tenuto.model.source import Entity, Identifier, Listens, Scheme, SourceRow
from tenuto.testing.source import Silence

SMALL = Resources(memory_limit="200MB", threads=1)


def isrc(number: int) -> Identifier:
    return Identifier(Scheme.ISRC, f"GBTST{number:07}")


def row(key: str, title: str = "", **fields: Any) -> SourceRow:
    """A row whose source and ordinal `harvest` fills in."""
    entity = fields.pop("entity", Entity.RECORDING)
    return SourceRow(SourceName("x"), 0, entity, SourceKey(key), "{}", title, **fields)


def plays(key: str, count: float, title: str = "", **fields: Any) -> SourceRow:
    return row(key, title, entity=Entity.LISTENS, listens=Listens(count), **fields)


def harvest(
    folder: Path, name: str, rows: Sequence[SourceRow], priority: int = 10, *, files: bool = False
) -> Harvest:
    """Writes the rows as the harvest of the source `name`, whose keys are `files` or recordings."""
    path = folder / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_rows(path, [replace(each, source=SourceName(name), ordinal=n) for n, each in enumerate(rows)])
    return Harvest(SourceName(name), priority, str(len(rows)), "CC0-1.0", name, (path,), not files)


def built(root: Path, harvests: Sequence[Harvest], parent: SnapshotId | None = None) -> SnapshotId:
    return build(root, harvests, parent, Silence(), resources=SMALL)


def opened(root: Path, snapshot: SnapshotId) -> SnapshotCatalogue:
    build_derived(root, snapshot, Silence(), resources=SMALL)
    return open_current(root)


def rows_of(root: Path, snapshot: SnapshotId, table: str) -> list[tuple[Any, ...]]:
    """All live rows of a core table, as text and numbers, in the table's order."""
    return tables_of(root, snapshot, table)[table]


def tables_of(root: Path, snapshot: SnapshotId, *names: str) -> dict[str, list[tuple[Any, ...]]]:
    """All live rows of the core tables named, or of all, as text and numbers, in the tables' order."""
    parts, found = load(root, snapshot).parts, {}
    with open_session(root / "catalogue" / "look", SMALL) as session:
        for table in TABLES:
            if not names or table.name in names:
                view_table(session, root, table, parts[table.name], "live")
                found[table.name] = session.query(f"FROM live_{table.name} ORDER BY {', '.join(table.order)}")
    return {name: [tuple(map(_plain, each)) for each in rows] for name, rows in found.items()}


def _plain(cell: Any) -> Any:
    return str(cell) if isinstance(cell, UUID) else cell


def files_of(root: Path) -> dict[str, bytes]:
    """Every file of the catalogue but the derived ones."""
    catalogue = root / "catalogue"
    return {
        str(path.relative_to(catalogue)): path.read_bytes()
        for path in sorted(catalogue.rglob("*"))
        if path.is_file() and "derived" not in path.parts
    }
