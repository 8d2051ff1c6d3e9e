"""The rows as items of a beets library, entered and asked through its Python interface.

It isn't among the dependencies: `make bench` installs it. What beets has no field for
(listens, licence) are flexible attributes, as its plugins add them; listens are padded, so that they
sort as text.
"""

from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.catalogue.flat import COLUMNS, LOOK_UPS, flat_rows

MOST_ROWS = 20_000
"""Above what a household owns; entering them takes seconds."""


def installed() -> bool:
    return find_spec("beets") is not None


def build(root: Path, rows: Sequence[Path]) -> int:
    """One item a row, in one transaction; bytes of the database."""
    path = root / "peer.beets"
    library = _library(path, root)
    with library.transaction():
        for batch in flat_rows(rows):
            for row in batch:
                library.add(_item(root, dict(zip(COLUMNS, row, strict=True))))
    return path.stat().st_size


def _item(root: Path, row: dict[str, Any]) -> object:
    named = {
        **{name: row[name] or "" for name in ("title", "artist", "label", "isrc", "genre")},
        "album": row["release"] or "",
        "albumartist": row["release_artist"] or "",
        "disc": row["disc_number"] or 0,
        "track": row["track_number"] or 0,
        "year": row["year"] or 0,
        "length": (row["duration_ms"] or 0) / 1000,
        "mb_trackid": row["key"],
        "listens": f"{row['listens_count'] or 0:015.0f}",
        "licence": str(row["licence"] or ""),
    }
    path = str(root / f"{row['key']}.flac").encode()
    return import_module("beets.library").Item(path=path, **named)


def calls(root: Path, isrc: str) -> dict[str, Callable[[], object]]:
    """By the names in LOOK_UPS, as `beet list` asks."""
    library = _library(root / "peer.beets", root)
    key = library.items(f"isrc:={isrc}")[0]["mb_trackid"]
    queries = (
        *((f"mb_trackid:={key}", 1), (f"isrc:={isrc}", 1000)),
        *((f"title:{words} listens-", 20) for words in (":^bancer", ":^ban", "difforg")),
        ("listens-", 100_000),
    )
    return {name: _list_of(library, *query) for name, query in zip(LOOK_UPS, queries, strict=True)}


def _list_of(library: Any, query: str, limit: int) -> Callable[[], object]:  # noqa: ANN401 -- as above
    return lambda: [dict(item) for item in islice(library.items(query), limit)]


def _library(path: Path, music: Path) -> Any:  # noqa: ANN401 -- the peer may not be installed
    library = import_module("beets.library").Library
    with redirect_stdout(StringIO()):  # it tells of every backup that it makes of the empty database
        return library(str(path), str(music))
