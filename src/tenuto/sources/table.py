"""Tables in CSV, TSV, JSON Lines or Parquet, read as a mapping file says (docs/formats/mapping.md)."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from itertools import islice
from pathlib import Path

from blake3 import blake3

from tenuto.formats import mapping as mapping_files
from tenuto.formats.mapping import Join, Mapping, TableMapping
from tenuto.model.errors import BadInputError, ConfigurationError, NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.table_fields import RowBuilder
from tenuto.sources.table_files import Broken, Record, Table, open_table


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
            path = self._base / file
            if not path.is_file():
                raise NotFoundError(
                    "no such table", where=str(path), remedy="Check the folder and the mapping's `files`"
                )
            digest.update(blake3().update_mmap(path).digest())
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
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        return islice(self._rows(reporter), start, None)

    def _rows(self, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        ordinal = 0
        for table in self._mapping.tables:
            joined = _Joined(self._base, table.join, table.encoding, reporter) if table.join else None
            for file in table.files:
                for row in self._file_rows(table, file, joined, ordinal):
                    yield row
                    ordinal += 1

    def _files(self) -> list[str]:
        """Every file that the rows depend on, once."""
        tables = self._mapping.tables
        joined = [table.join.file for table in tables if table.join]
        return list(dict.fromkeys([file for table in tables for file in table.files] + joined))

    def _file_rows(
        self, table: TableMapping, file: str, joined: "_Joined | None", ordinal: int
    ) -> Iterator[SourceRow | RejectedRow]:
        wanted = _own_columns(table)
        opened = self._open(table, file, wanted)
        builder = self._builder(table, file, opened, joined)
        if "listens_time" in table.columns and not table.listens_window:
            builder.window = _window(builder, self._open(table, file, wanted), joined)
        for ordinal_here, record in enumerate(opened.records, ordinal):
            yield self._row(builder, file, joined, record, ordinal_here)

    def _row(
        self, builder: RowBuilder, file: str, joined: "_Joined | None", record: Record | Broken, ordinal: int
    ) -> SourceRow | RejectedRow:
        where = f"{file}:{record.number}"
        if isinstance(record, Broken):
            return RejectedRow(self._name, ordinal, where, record.what, record.raw)
        try:
            cells = record.cells if joined is None else joined.complete(record.cells)
            return builder.build(ordinal, cells, record.raw)
        except BadInputError as error:
            return RejectedRow(
                self._name, ordinal, where, f"{error}; mend the row or the mapping", record.raw
            )

    def _open(self, table: TableMapping, file: str, wanted: list[str]) -> Table:
        return open_table(self._base / file, table.format, table.encoding, wanted)

    def _builder(self, table: TableMapping, file: str, opened: Table, joined: "_Joined | None") -> RowBuilder:
        columns = opened.columns
        if joined is not None:
            joined.attach(columns, file)
            columns = columns + joined.columns
        return RowBuilder(self._name, table, columns, file)


class _Joined:
    """A second table, held in memory, whose cells are put behind those of the first."""

    def __init__(self, base: Path, join: Join, encoding: str, reporter: Reporter) -> None:
        self._join, self._place = join, 0
        format_name = join.file.rpartition(".")[2].lower()
        table = open_table(base / join.file, format_name, encoding, [join.key])
        if join.key not in table.columns:
            raise ConfigurationError(
                f"no column {join.key!r}", where=join.file, remedy="Mend the mapping's join"
            )
        key = table.columns.index(join.key)
        self.columns = [f"{join.name}.{column}" for column in table.columns]
        self._rows: dict[str, list[str]] = {}
        for record in table.records:
            if isinstance(record, Broken):
                reporter.fault(f"{join.file}:{record.number}", record.what)
            else:
                self._rows.setdefault(record.cells[key], record.cells)
        self._nothing = [""] * len(self.columns)

    def attach(self, columns: list[str], file: str) -> None:
        if self._join.on not in columns:
            raise ConfigurationError(
                f"no column {self._join.on!r}", where=file, remedy="Mend the mapping's join"
            )
        self._place = columns.index(self._join.on)

    def complete(self, cells: list[str]) -> list[str]:
        return cells + self._rows.get(cells[self._place], self._nothing)


def _own_columns(table: TableMapping) -> list[str]:
    """What a mapping takes from the table itself, for formats whose rows name their own cells."""
    prefix = f"{table.join.name}." if table.join else None
    names = [column.name for column in (*table.key, *table.columns.values())]
    names += [table.join.on] if table.join else []
    return list(dict.fromkeys(name for name in names if not (prefix and name.startswith(prefix))))


def _window(builder: RowBuilder, table: Table, joined: _Joined | None) -> str:
    """From the first day to the day after the last (ISO 8601, end excluded), read before the rows."""
    first = last = None
    for record in table.records:
        if isinstance(record, Broken):
            continue
        day = builder.day(record.cells if joined is None else joined.complete(record.cells))
        if day is not None:
            first, last = min(first or day, day), max(last or day, day)
    return f"{first}/{last + timedelta(days=1)}" if first and last else ""


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
