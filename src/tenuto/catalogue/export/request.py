"""What is asked of an export, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tenuto.formats.dataset import DataFile, SourceTerms


class Format(StrEnum):
    """File formats. Each is a folder: data files, dictionary, descriptors, terms of the sources."""

    PARQUET = "parquet"
    SQLITE = "sqlite"
    CSV = "csv"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to write. The verdicts on licences are made by `tenuto.rights` and carried by the caller."""

    format: Format
    tables: tuple[str, ...] = ()
    """Names of tables; empty means all. JSON Lines have no tables."""
    public: bool = False
    withheld: Mapping[str, str] = field(default_factory=dict)
    """Sources whose facts stay out of a public export, with the reason."""
    licence: str = ""
    conflicts: tuple[str, ...] = ()
    raw_csv: bool = False
    """Leave cells as they are that spreadsheets would take for formulas."""


@dataclass(frozen=True, slots=True)
class TableCount:
    """entered = exported + the sum of left_out, or the export lies."""

    entered: int
    exported: int
    left_out: Mapping[str, int]
    """Rows by reason."""

    @property
    def add_up(self) -> bool:
        return self.entered == self.exported + sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class Done:
    """One export. With a dry run, `files` is empty and `bytes` an estimate."""

    tables: Mapping[str, TableCount]
    sources: tuple[SourceTerms, ...]
    files: tuple[DataFile, ...]
    bytes: int
