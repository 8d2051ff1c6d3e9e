"""The rows of a source, rebuilt from a snapshot alone (docs/formats/snapshot.md, Round trip)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from tenuto.catalogue.parts import view_snapshot
from tenuto.catalogue.session import Resources, open_session
from tenuto.catalogue.snapshots import load
from tenuto.formats.harvest_columns import evidence_of
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SnapshotId, SourceName
from tenuto.model.source import (
    Access,
    Entity,
    Features,
    Identifier,
    Listens,
    Location,
    Mode,
    Scheme,
    SourceRow,
)
from tenuto.scratch import scratch_folder

_COLUMNS: Final = (
    *("entity", "ordinal", "key", "listens", "differs"),
    *("title", "artist", "label", "year", "duration_ms", "genre", "artist_key", "release_key"),
    *("release", "release_artist", "disc_number", "track_number"),
    *("identifiers", "evidence", "location", "features", "counted"),
)
_PIECES: Final = ("identifiers", "evidence", "location", "features")
_TEXTS: Final = ("title", "artist", "label", "genre", "release", "release_artist")
_PLAIN: Final = (
    *_TEXTS,
    *("artist_key", "release_key", "disc_number", "track_number", "year", "duration_ms"),
)
_Piece = dict[str, Any] | list[Any] | None
"""A cell of several values: a struct of the database, or an array of JSON."""
_OF_RELEASES: Final = ("release", "release_artist", "label")


def source_rows(
    root: Path, snapshot: SnapshotId, source: SourceName, *, resources: Resources | None = None
) -> Iterator[SourceRow]:
    """The rows that `source` brought into the snapshot, by ordinal, streamed; without `raw`.

    Rows in `unplaced_rows` aren't among them. `NotFoundError` for a source that the snapshot hasn't.
    """
    made_of = load(root, snapshot)
    if source not in {each.name for each in made_of.sources}:
        names = ", ".join(each.name for each in made_of.sources)
        raise NotFoundError("no source of this name", where=source, remedy=f"The snapshot has: {names}")
    repeats, period = made_of.repeats.get(source, ()), made_of.periods.get(source, "")
    with (
        scratch_folder(root / "catalogue", ".trace-") as scratch,
        open_session(scratch / "session", resources or Resources()) as session,
    ):
        view_snapshot(session, root, made_of)
        session.load("asked", "source VARCHAR", [(source,)])
        session.script("trace")
        query = f"SELECT {', '.join(_COLUMNS)} FROM traced ORDER BY ordinal"  # noqa: S608 -- names of our own
        for rows in session.stream(query):
            for cells in rows:
                yield _row(source, dict(zip(_COLUMNS, cells, strict=True)), repeats, period)


def _row(source: SourceName, cells: dict[str, Any], repeats: tuple[str, ...], period: str) -> SourceRow:
    """What the tables have, with what the row says otherwise laid over it."""
    differs: dict[str, Any] = json.loads(cells["differs"] or "{}")
    entity = Entity.LISTENS if cells["listens"] else Entity(cells["entity"])
    plain = {name: cells[name] for name in _PLAIN}
    if cells["entity"] == Entity.RECORDING:
        plain |= {name: "" for name in _OF_RELEASES if name not in repeats}
        if not differs.get("artist", plain["artist"]):
            plain["artist_key"] = None
    plain |= {name: differs[name] for name in _PLAIN if name in differs}
    plain |= {name: plain[name] or "" for name in _TEXTS}
    pieces = {name: differs.get(name, cells[name]) for name in _PIECES}
    listens: _Piece = differs.get("listens", cells["counted"])
    return SourceRow(
        *(source, cells["ordinal"], entity, cells["key"], ""),
        **plain,
        identifiers=tuple(
            Identifier(Scheme(each["scheme"]), each["value"]) for each in pieces["identifiers"] or ()
        ),
        evidence=evidence_of(pieces["evidence"] or []),
        location=_location(pieces["location"]),
        features=_features(pieces["features"]),
        listens=_listens(listens, period),
    )


def _values(piece: dict[str, Any] | list[Any]) -> list[Any]:
    return list(piece.values()) if isinstance(piece, dict) else list(piece)


def _listens(piece: _Piece, period: str) -> Listens | None:
    if piece is None:
        return None
    found = Listens(*_values(piece))
    return found if found.window else replace(found, window=period)


def _location(piece: _Piece) -> Location | None:
    if piece is None:
        return None
    uri, access, *rest = _values(piece)
    return Location(uri, Access(access), *rest)


def _features(piece: _Piece) -> Features | None:
    if piece is None:
        return None
    explicit, key, mode, tempo = _values(piece)
    # The harvest has tempos in 32 bits.
    exact = None if tempo is None else float(np.float32(tempo))
    return Features(explicit, key, None if mode is None else Mode(mode), exact)
