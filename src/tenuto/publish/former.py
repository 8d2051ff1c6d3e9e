"""The edition before: what is taken over from it without being made again."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from tenuto.formats.edition import read_edition
from tenuto.formats.metadata import Target
from tenuto.formats.metadata_chain import open_metadata
from tenuto.formats.volume import INDEX
from tenuto.formats.withdrawals import WITHDRAWALS, read_withdrawals
from tenuto.model.edition import EditionSummary, Withdrawal
from tenuto.model.errors import ConfigurationError

METADATA: Final = "metadata"


@dataclass(frozen=True, slots=True)
class Former:
    """An edition's folder, whose signatures hold."""

    folder: Path
    summary: EditionSummary
    metadata: Mapping[str, bytes]
    targets: Mapping[str, Target]
    """Digests of its files: they are linked, not read again."""
    withdrawals: tuple[Withdrawal, ...]

    @property
    def index(self) -> Path:
        return self.folder / INDEX

    def places(self) -> Iterator[pa.Table]:
        """Each volume's rows of the index, in the order of its volumes."""
        with pq.ParquetFile(self.index) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)


def open_former(folder: Path, *, now: datetime) -> Former:
    """`ConfigurationError` where it isn't whole, `FixityError` where its signatures don't hold."""
    metadata = read_metadata(folder)
    targets = open_metadata(metadata, now=now).targets
    try:
        summary = read_edition((folder / "edition.json").read_bytes())
        withdrawals = read_withdrawals((folder / WITHDRAWALS).read_bytes())
    except FileNotFoundError as error:
        raise ConfigurationError(
            "the edition before isn't whole",
            where=str(error.filename),
            remedy="Restore it from a mirror, or publish with --repack",
        ) from error
    return Former(folder, summary, metadata, targets, withdrawals)


def read_metadata(folder: Path) -> dict[str, bytes]:
    """An edition's metadata files by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / METADATA).glob("*.json"))}


def link_or_copy(source: Path, target: Path) -> None:
    """The same file under a second name where the file system can, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
