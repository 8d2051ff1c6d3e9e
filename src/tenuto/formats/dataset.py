"""What descriptors say of an exported catalogue, and the terms of its sources (docs/export.md)."""

from dataclasses import asdict, dataclass
from typing import Final

import rfc8785

from tenuto.formats.dictionary import TableDescription
from tenuto.model.ids import Sha256, SnapshotId

EXPORT_VERSION: Final = 1
"""Of the exports' layout; `PRAGMA user_version` in SQLite."""


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of an export. `table` is empty where it holds all tables. Lengths in bytes."""

    name: str
    table: str
    media_type: str
    rows: int
    bytes: int
    sha256: Sha256


@dataclass(frozen=True, slots=True)
class SourceTerms:
    """Under which terms a source's facts stand, and what became of them. `rows` as harvested."""

    name: str
    licence: str
    attribution: str
    version: str
    rows: int
    exported_rows: int
    """Source rows in the export's `source_rows`, whether or not that table was asked for."""
    left_out: str
    """The reason, or empty."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One export as a whole."""

    snapshot: SnapshotId
    format: str
    public: bool
    licence: str
    """What the merged data may be licensed as; empty where its sources' licences don't fit together."""
    conflicts: tuple[str, ...]
    sources: tuple[SourceTerms, ...]
    tables: tuple[TableDescription, ...]
    files: tuple[DataFile, ...]

    @property
    def name(self) -> str:
        return f"tenuto-catalogue-{self.snapshot}"

    @property
    def description(self) -> str:
        kind = "public part" if self.public else "whole"
        return f"The {kind} of a catalogue of recorded music, snapshot {self.snapshot}, as {self.format}."

    @property
    def told(self) -> tuple[SourceTerms, ...]:
        """The sources whose facts are in it."""
        return tuple(source for source in self.sources if not source.left_out)


def write_sources(dataset: Dataset) -> bytes:
    """`sources.json`, canonical."""
    return rfc8785.dumps(
        {
            "schema": "tenuto/sources/1",
            "snapshot": dataset.snapshot,
            "public": dataset.public,
            "licence": dataset.licence,
            "conflicts": list(dataset.conflicts),
            "sources": [asdict(source) for source in dataset.sources],
        }
    )


def sources_page(dataset: Dataset) -> str:
    """`SOURCES.md`: the same for people, to go wherever the data goes."""
    licence = dataset.licence or "none that fits all sources; see below"
    lines = ["# Sources", "", dataset.description, "", f"Licence of the merged data: {licence}.", ""]
    lines += [f"- Conflict: {_cell(conflict)}" for conflict in dataset.conflicts]
    lines += ["", "| source | licence | attribution | version | rows | exported | left out |"]
    lines += ["|---|---|---|---|---|---|---|"]
    lines += [
        f"| {source.name} | {_cell(source.licence) or 'not stated'} | {_cell(source.attribution)} "
        f"| {_cell(source.version)} | {source.rows} | {source.exported_rows} | {source.left_out} |"
        for source in dataset.sources
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """Foreign text that can't leave its cell."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
