"""Export: a snapshot of the catalogue for others, under the terms of its sources (docs/export.md)."""

from dataclasses import dataclass
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import policy
from tenuto.app.stages.harvest import registered
from tenuto.app.stages.result import Fact, StageResult
from tenuto.catalogue import current
from tenuto.catalogue.export import Done, ExportRequest, Format, source_licences
from tenuto.catalogue.export import export as export_snapshot
from tenuto.model.errors import NotFoundError, RightsError, UsageError
from tenuto.model.ids import SnapshotId
from tenuto.model.ports import Reporter
from tenuto.model.work import Counts, Stage
from tenuto.rights.data_licences import Combined, combine, withheld

PRIVATE_KINDS = frozenset({"folder", "bagit", "ocfl", "debian"})
"""Sources that say what the operator has, and where."""
BY_OPERATOR = "left-out-by-operator"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    format: Format
    destination: Path
    tables: tuple[str, ...] = ()
    public: bool = False
    without: tuple[str, ...] = ()
    """Sources to leave out of a public export besides those that must be."""
    snapshot: str | None = None
    raw_csv: bool = False


def export(archive: Archive, wish: Wish, reporter: Reporter, *, dry_run: bool = False) -> StageResult:
    """Writes the export, or with `dry_run` decides and counts it.

    `RightsError` where the licences of the sources in a public export don't fit together, `UsageError`,
    `NotFoundError`, `SpaceError`.
    """
    snapshot = _snapshot(archive, wish)
    licences = source_licences(archive.root, snapshot)
    reasons = _withheld(archive, wish, licences) if wish.public else {}
    combined = combine({name: text for name, text in licences.items() if name not in reasons})
    if wish.public and combined.conflicts and not dry_run:
        raise RightsError(
            "the licences of the sources don't fit together: " + "; ".join(map(str, combined.conflicts)),
            where=str(wish.destination),
            remedy="Leave one of them out with --without SOURCE",
        )
    request = ExportRequest(
        wish.format,
        wish.tables,
        wish.public,
        reasons,
        combined.licence,
        tuple(map(str, combined.conflicts)),
        wish.raw_csv,
    )
    done = export_snapshot(archive.root, snapshot, wish.destination, request, reporter, dry_run=dry_run)
    return _result(snapshot, done, combined, dry_run=dry_run)


def _snapshot(archive: Archive, wish: Wish) -> SnapshotId:
    found = SnapshotId(wish.snapshot) if wish.snapshot else current(archive.root)
    if found is None:
        raise NotFoundError("no catalogue yet", where=str(archive.root), remedy="tenuto catalogue build")
    return found


def _withheld(archive: Archive, wish: Wish, licences: dict[str, str]) -> dict[str, str]:
    """Each source that stays out, with the reason."""
    if unknown := sorted(set(wish.without) - licences.keys()):
        raise UsageError(
            f"no such source: {', '.join(unknown)}", remedy=f"Sources of the snapshot: {', '.join(licences)}"
        )
    rules, private = policy(archive.config), _private(archive)
    found = {name: withheld(licence, rules, private=name in private) for name, licence in licences.items()}
    reasons = {name: str(reason) for name, reason in found.items() if reason is not None}
    return dict.fromkeys(wish.without, BY_OPERATOR) | reasons


def _private(archive: Archive) -> frozenset[str]:
    return frozenset(each.name for each in registered(archive) if each.kind in PRIVATE_KINDS)


def _result(snapshot: SnapshotId, done: Done, combined: Combined, *, dry_run: bool) -> StageResult:
    tables = done.tables.values()
    left = sum(sum(table.left_out.values()) for table in tables)
    exported = sum(table.exported for table in tables)
    counts = Counts(sum(table.entered for table in tables), exported, left, 0, 0 if dry_run else done.bytes)
    shown: dict[str, Fact] = {
        "snapshot": snapshot,
        "note": "would be written" if dry_run else "written",
        "tables": {name: table.exported for name, table in done.tables.items()},
        "left_out": _left_out(done),
        "sources": {source.name: source.left_out or "included" for source in done.sources},
        "source_rows": {source.name: source.exported_rows for source in done.sources},
        "licence": combined.licence or "none that fits all sources",
        "conflicts": [str(conflict) for conflict in combined.conflicts],
        "files": [file.name for file in done.files],
    }
    if dry_run:
        shown["bytes_at_most"] = done.bytes
    return StageResult(Stage.EXPORT, counts, shown)


def _left_out(done: Done) -> dict[str, int]:
    """Rows by table and reason, as `table: reason`."""
    return {
        f"{name}: {reason}": rows
        for name, table in done.tables.items()
        for reason, rows in table.left_out.items()
    }
