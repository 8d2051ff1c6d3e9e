"""Which files an index is made of, and which ranks each covers (docs/search.md, Files)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import rfc8785

from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import BadInputError, NotFoundError

VERSION: Final = 1
"""Of the files, and of the folding of words that they were made with."""

MANIFEST: Final = "search.json"

FIRST_SHARD: Final = 1 << 18
GROWTH: Final = 4
LARGEST_SHARD: Final = 1 << 22
"""Recordings. Small at the hot end, where most queries stop; large behind, where each shard costs a look."""


class Layout(msgspec.Struct, frozen=True):
    """What `search.json` says."""

    recordings: int
    ends: tuple[int, ...] = ()
    """The rank behind each shard's last one, ascending. The first shard begins with rank 0."""
    words: str = ""
    """File name of the vocabulary; empty as long as there is none."""
    version: int = VERSION

    @property
    def indexed(self) -> int:
        return self.ends[-1] if self.ends else 0

    @property
    def shards(self) -> tuple[range, ...]:
        return tuple(range(start, end) for start, end in zip((0, *self.ends), self.ends, strict=False))


def shard_name(ranks: range) -> str:
    return f"ranks-{ranks.start:010}-{ranks.stop:010}.sqlite"


def words_name(indexed: int) -> str:
    return f"words-{indexed:010}.arrow"


def new_shards(start: int, end: int) -> Iterator[range]:
    """The shards that cover ranks from `start` up to before `end`. The last one may be cut short."""
    limit, length = 0, FIRST_SHARD
    while start < end:
        limit += length
        length = min(length * GROWTH, LARGEST_SHARD)
        if start < limit:
            yield range(start, min(limit, end))
            start = min(limit, end)


def load_layout(folder: Path) -> Layout:
    """`NotFoundError` where there is no index, or one of another version."""
    path, remedy = folder / MANIFEST, "Build it again with: tenuto catalogue build"
    try:
        layout = msgspec.json.decode(path.read_bytes(), type=Layout)
    except FileNotFoundError as error:
        raise NotFoundError("there is no search index", where=str(folder), remedy=remedy) from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInputError(
            f"the search index is damaged ({error})", where=str(path), remedy=remedy
        ) from error
    if layout.version != VERSION:
        raise NotFoundError("the search index is of another version", where=str(path), remedy=remedy)
    return layout


def save_layout(folder: Path, layout: Layout) -> None:
    """Comes after the files that it names are durable."""
    atomic_write_bytes(folder / MANIFEST, rfc8785.dumps(msgspec.to_builtins(layout)))
