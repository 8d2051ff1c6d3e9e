"""A table's fields: where their texts come from, and how they become values, as a mapping says."""

import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from tenuto.formats.mapping import TEXT_FIELDS, Column, TableMapping
from tenuto.formats.text import clean
from tenuto.model.errors import BadInputError, ConfigurationError
from tenuto.sources import table_values as values
from tenuto.sources.identifiers import barcode, isrc_code

Convert = Callable[[str], Any]
Cells = Sequence[Sequence[str]]
"""A run's cells, column by column."""


class Faults:
    """Why rows of a run are rejected: of each the first reason, by its place in the run."""

    def __init__(self) -> None:
        self.found: dict[int, str] = {}

    def add(self, texts: Sequence[str], reasons: dict[str, str]) -> None:
        """For each row whose text has a reason."""
        for place, text in enumerate(texts) if reasons else ():
            if text in reasons:
                self.found.setdefault(place, reasons[text])


class Field:
    """One field: the columns that its texts come from, and how they become values."""

    def __init__(
        self,
        sources: Sequence[Column],
        convert: Convert | None,
        columns: list[str],
        origin: str,
        *,
        nulls: frozenset[str] = frozenset(),
        default: object = None,
        together: bool = False,
    ) -> None:
        self._sources = [(_place(column, columns, origin), column.pointer) for column in sources]
        self._convert, self._nulls, self._default, self._together = convert, nulls, default, together

    def values(self, cells: Cells, faults: Faults) -> Sequence[Any]:
        """A value a row; the default where nothing is known. Without `convert` the texts themselves."""
        if not self._sources:
            return [self._default] * len(cells[0])
        texts = self._texts(cells, faults)
        return texts if self._convert is None else each_value(self._convert, texts, faults, self._default)

    def _texts(self, cells: Cells, faults: Faults) -> Sequence[str]:
        several = [self._known(cells[place], pointer, faults) for place, pointer in self._sources]
        if len(several) == 1:
            return several[0]
        rows = zip(*several, strict=True)
        if self._together:
            return ["; ".join(filter(None, row)) for row in rows]
        return [next(filter(None, row), "") for row in rows]

    def _known(self, column: Sequence[str], pointer: tuple[str, ...], faults: Faults) -> Sequence[str]:
        if self._nulls and not self._nulls.isdisjoint(column):
            column = ["" if cell in self._nulls else cell for cell in column]
        if not pointer:
            return column
        found = each_value(partial(values.inside, pointer), column, faults, "")
        return ["" if cell in self._nulls else cell for cell in found]


def each_value(convert: Convert, texts: Sequence[str], faults: Faults, default: object) -> list[Any]:
    """Each text's value. Equal texts are converted once: the columns of most tables repeat theirs."""
    known: dict[str, Any] = {"": default}
    reasons = {}
    for text in dict.fromkeys(texts):
        if text:
            try:
                known[text] = convert(text)
            except BadInputError as error:
                known[text], reasons[text] = default, str(error)
    faults.add(texts, reasons)
    return list(map(known.__getitem__, texts))


def _place(column: Column, columns: list[str], origin: str) -> int:
    if column.name not in columns:
        raise ConfigurationError(
            f"no column {column.name!r}",
            where=origin,
            remedy=f"It has: {', '.join(columns)}; mend the mapping",
        )
    return columns.index(column.name)


def key(text: str, *, fold: bool, whole: bool) -> str:
    if whole:
        text = values.whole_key(text)
    return " ".join(unicodedata.normalize("NFC", text.casefold()).split()) if fold else text


def _barcode(text: str) -> str | None:
    found = barcode(text)
    return found.value if found else None


def converters(table: TableMapping) -> dict[str, Convert]:
    """By field, what makes a value of a text that isn't empty; by `BadInputError` it rejects the row."""
    other_key = partial(key, fold=False, whole=table.whole_keys)
    return {
        **dict.fromkeys(TEXT_FIELDS, clean),
        "genre": partial(values.genres, table.genre_separator),
        "artist_key": other_key,
        "release_key": other_key,
        "disc_number": partial(values.whole, "disc_number"),
        "track_number": partial(values.whole, "track_number"),
        "year": values.year,
        "duration": partial(values.milliseconds, 1 if table.duration_unit == "ms" else 1000),
        "isrc": isrc_code,
        "mbid": values.mbid,
        "barcode": _barcode,
        "listens": partial(values.number, "listens"),
        "listens_time": values.day,
        "listener": clean,
        "evidence": clean,
        "holder": clean,
        "explicit": partial(values.truth, "explicit"),
        "key": values.pitch_class,
        "mode": values.mode,
        "tempo": values.tempo,
        "location": partial(values.url, table.location_prefix),
        "location_length": values.length,
        "location_sha256": partial(values.digest, "location_sha256", 64),
        "location_sha1": partial(values.digest, "location_sha1", 40),
        "location_md5": partial(values.digest, "location_md5", 32),
        "location_media_type": lambda text: clean(text) or None,
    }
