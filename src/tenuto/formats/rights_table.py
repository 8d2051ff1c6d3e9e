"""`rights.csv` of a volume: a row a recording. Specified in docs/formats/volume.md, clauses 10-12.

Sources: RFC 4180 (CSV); OWASP, "CSV Injection" (cells that spreadsheets would run).
"""

import csv
import io
from collections.abc import Iterator
from typing import Final

from tenuto.formats.text import clean
from tenuto.formats.volume import VolumeContent, VolumeItem
from tenuto.model.errors import BadInputError

COLUMNS: Final = (
    *("recording_id", "path", "title", "artist", "licence"),
    *("evidence_kind", "evidence_statement", "evidence_origin", "rights_holder"),
)
_MAX_CELL: Final = 2000
_SEPARATOR: Final = " | "
_RUNS_IN_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t", "\r")


def write_rights(content: VolumeContent) -> bytes:
    """The table, in the items' order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_row(item) for item in content.items)
    return out.getvalue().encode()


def read_rights(data: bytes) -> Iterator[dict[str, str]]:
    """Rows by column name. `BadInputError` where it isn't such a table."""
    try:
        reader = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
        if tuple(next(reader, ())) != COLUMNS:
            raise BadInputError("not a rights table: its columns are others", remedy="Get it again")
        for row in reader:
            yield dict(zip(COLUMNS, row, strict=True))
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise BadInputError(f"not a rights table: {error}", remedy="Get it again") from error


def _row(item: VolumeItem) -> list[str]:
    recording, evidence = item.cleared.subject.recording, item.cleared.evidence
    cells = [recording.id, "/".join(item.path), recording.title, recording.artist, item.cleared.licence]
    cells += [_joined(e.kind for e in evidence), _joined(e.statement for e in evidence)]
    cells += [_joined(e.origin for e in evidence), _joined(e.holder for e in evidence)]
    return [_cell(cell) for cell in cells]


def _joined(values: Iterator[str]) -> str:
    """Different values once each, in order (clause 11)."""
    return _SEPARATOR.join(dict.fromkeys(clean(value) for value in values if value))


def _cell(text: str) -> str:
    """One line, at most 2,000 characters, and nothing that a spreadsheet runs (clause 12)."""
    line = clean(text)
    short = line if len(line) <= _MAX_CELL else line[:_MAX_CELL] + "…"
    return f"'{short}" if short.startswith(_RUNS_IN_SPREADSHEETS) else short
