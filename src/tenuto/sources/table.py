"""Tables in CSV, TSV, JSON Lines or Parquet, read as a mapping file says (docs/formats/mapping.md)."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import date, timedelta
from importlib import resources
from pathlib import Path

from blake3 import blake3

from tenuto.formats import mapping as mapping_files
from tenuto.formats.harvest import Block, items_of
from tenuto.formats.harvest_columns import batch_of
from tenuto.formats.mapping import Join, Mapping, TableMapping, format_of
from tenuto.model.errors import ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.quiet import Quiet
from tenuto.sources.table_columns import BlockBuilder
from tenuto.sources.table_fields import Cells
from tenuto.sources.table_files import Broken, Run, Table, need, open_named
from tenuto.sources.table_text import open_text
from tenuto.sources.table_values import whole_key


class TableSource:
    """The mapping's tables in its order, each table's files in its order, each file's rows in theirs."""

    def __init__(self, name: SourceName, mapping: Mapping, base: Path, *, priority: int = 100) -> None:
        if not base.is_dir():
            raise NotFoundError(
                "no such folder", where=str(base), remedy="Give the folder that holds the tables"
            )
        self._name, self._mapping, self._base, self._priority = name, mapping, base, priority

    def describe(self) -> SourceDescription:
        """`version` is a digest over the mapping and every file's bytes."""
        digest = blake3(self._mapping.text.encode())
        for file in self._files():
            digest.update(f"\0{file}\0".encode())
            digest.update(blake3().update_mmap(need(self._base / file)).digest())
        settings: dict[str, str | list[str]] = {
            "base": str(self._base.resolve()),
            "mapping": self._mapping.text,
        }
        return SourceDescription(
            self._name,
            "table",
            self._priority,
            f"blake3:{digest.hexdigest()}",
            self._mapping.licence,
            self._mapping.attribution,
            settings,
            self._mapping.keys_are_recordings,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        for block in self.blocks(reporter, start=start):
            yield from items_of(block)

    def blocks(self, reporter: Reporter, *, start: int = 0) -> Iterator[Block]:
        """What `rows` says, in columns. What lies before `start` is read, but nothing is made of it."""
        ordinal = 0
        for table in self._mapping.tables:
            joined = _Joined(self._base, table, table.join, reporter) if table.join else None
            for file in table.files:
                with self._open(table, file, reporter) as opened:
                    builder = self._builder(table, file, opened, joined)
                    for run in opened.runs:
                        if ordinal + len(run) > start:
                            left = run.behind(start - ordinal)
                            yield self._block(builder, joined, left, max(start, ordinal))
                        ordinal += len(run)

    def _files(self) -> list[str]:
        """Every file that the rows depend on, once."""
        tables = self._mapping.tables
        joined = [table.join.file for table in tables if table.join]
        return list(dict.fromkeys([file for table in tables for file in table.files] + joined))

    def _open(self, table: TableMapping, file: str, reporter: Reporter) -> AbstractContextManager[Table]:
        path = self._base / file
        return open_table(path, table.format, table.encoding, _own_columns(table), reporter)

    def _builder(
        self, table: TableMapping, file: str, opened: Table, joined: "_Joined | None"
    ) -> BlockBuilder:
        columns = opened.columns
        if joined is not None:
            joined.attach(columns, file)
            columns = columns + joined.columns
        builder = BlockBuilder(self._name, table, columns, file)
        if "listens_time" in table.columns and not table.listens_window:
            with self._open(table, file, Quiet()) as again:
                builder.window = _window(builder, again, joined)
        return builder

    def _block(
        self, builder: BlockBuilder, joined: "_Joined | None", run: Run | Broken, ordinal: int
    ) -> Block:
        if isinstance(run, Run):
            return builder.block(ordinal, run, _cells(run, joined))
        where = f"{builder.origin}:{run.number}"
        return Block(batch_of([]), (RejectedRow(self._name, ordinal, where, run.what, run.raw),))


class _Joined:
    """A second table, held in memory, whose cells are put behind those of the first."""

    def __init__(self, base: Path, table: TableMapping, join: Join, reporter: Reporter) -> None:
        self._join, self._place = join, 0
        self._key = whole_key if table.whole_keys else str
        prefix = f"{join.name}."
        taken = [column.name for several in table.columns.values() for column in several]
        wanted = [join.key, *(name.removeprefix(prefix) for name in taken if name.startswith(prefix))]
        path = base / join.file
        with open_table(path, format_of(join.file), table.encoding, wanted, reporter) as opened:
            if join.key not in opened.columns:
                raise ConfigurationError(
                    f"no column {join.key!r}", where=join.file, remedy="Mend the mapping's join"
                )
            self.columns = [f"{prefix}{column}" for column in opened.columns]
            self._rows = self._read(opened, reporter)
        self._nothing = [""] * len(self.columns)

    def attach(self, columns: list[str], file: str) -> None:
        if self._join.on not in columns:
            raise ConfigurationError(
                f"no column {self._join.on!r}", where=file, remedy="Mend the mapping's join"
            )
        self._place = columns.index(self._join.on)

    def cells(self, own: Cells) -> Cells:
        """The joined columns for those of the first table."""
        keys = map(self._key, own[self._place])
        return list(zip(*(self._rows.get(key, self._nothing) for key in keys), strict=True))

    def _read(self, opened: Table, reporter: Reporter) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = {}
        place = opened.columns.index(self._join.key)
        for run in opened.runs:
            if isinstance(run, Broken):
                reporter.fault(f"{self._join.file}:{run.number}", run.what)
            else:
                for row in run.rows:
                    rows.setdefault(self._key(row[place]), list(row))
        return rows


def open_table(
    path: Path, format_name: str, encoding: str, wanted: list[str], reporter: Reporter
) -> AbstractContextManager[Table]:
    """`wanted` are the columns to take from formats whose rows name their own cells.

    Raises `NotFoundError` without the file, `ConfigurationError` when its head can't be read.
    """
    if format_name in {"jsonl", "parquet"}:
        return open_named(path, format_name, list(dict.fromkeys(wanted)), reporter)
    return open_text(path, format_name, encoding, reporter)


def _own_columns(table: TableMapping) -> list[str]:
    """What a mapping takes from the table itself, for formats whose rows name their own cells."""
    prefix = f"{table.join.name}." if table.join else None
    columns = [*table.key, *(column for several in table.columns.values() for column in several)]
    names = [column.name for column in columns] + ([table.join.on] if table.join else [])
    return [name for name in names if not (prefix and name.startswith(prefix))]


def _cells(run: Run, joined: _Joined | None) -> Cells:
    own = list(zip(*run.rows, strict=True))
    return own if joined is None else [*own, *joined.cells(own)]


def _window(builder: BlockBuilder, table: Table, joined: _Joined | None) -> str:
    """From the first day to the day after the last (ISO 8601, end excluded), read before the rows."""
    ends = set[date]()
    for run in table.runs:
        if isinstance(run, Run):
            days = builder.days(_cells(run, joined)) | ends
            ends = {min(days), max(days)} if days else set()
    return f"{min(ends)}/{max(ends) + timedelta(days=1)}" if ends else ""


def mapping_names() -> list[str]:
    """The mappings that come with Tenuto."""
    shipped = resources.files("tenuto.sources") / "mappings"
    return sorted(
        each.name.removesuffix(".toml") for each in shipped.iterdir() if each.name.endswith(".toml")
    )


def load_mapping(name_or_path: str) -> Mapping:
    """A shipped mapping by its name, or else a mapping file."""
    if name_or_path in mapping_names():
        shipped = resources.files("tenuto.sources") / "mappings" / f"{name_or_path}.toml"
        return mapping_files.parse(shipped.read_text(encoding="utf-8"), name_or_path)
    path = Path(name_or_path)
    try:
        return mapping_files.parse(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        remedy = f"Name a file, or one of: {', '.join(mapping_names())}"
        raise NotFoundError(f"no such mapping ({error})", where=name_or_path, remedy=remedy) from error
