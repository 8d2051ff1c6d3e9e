"""A file's own front cover, read through mutagen."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mutagen
from mutagen.flac import Picture

from tenuto.audio.access import picture_type


def front_cover(path: Path, max_bytes: int) -> bytes | None:
    """JPEG or PNG of at most `max_bytes`, the front cover before others; None where there is none."""
    try:
        file = mutagen.File(path)
        found = sorted(_pictures(file), key=lambda picture: picture[0] != 3) if file is not None else []
    except Exception:  # noqa: BLE001  mutagen raises all sorts of things at hostile tags; art is optional
        return None
    return next((data for _, data in found if len(data) <= max_bytes and picture_type(data)), None)


def _pictures(file: Any) -> Iterator[tuple[int, bytes]]:  # noqa: ANN401  mutagen has no types
    """(type, data); type 3 is the front cover in ID3 and FLAC alike."""
    for picture in getattr(file, "pictures", []):
        yield picture.type, picture.data
    tags = file.tags
    if tags is None:
        return
    if hasattr(tags, "getall"):
        for frame in tags.getall("APIC"):
            yield int(frame.type), frame.data
    elif "covr" in tags:
        for data in tags["covr"]:
            yield 3, bytes(data)
    elif "metadata_block_picture" in tags:
        for text in tags["metadata_block_picture"]:
            picture = Picture(base64.b64decode(text))  # type: ignore[no-untyped-call]  # mutagen has no types
            yield picture.type, picture.data
