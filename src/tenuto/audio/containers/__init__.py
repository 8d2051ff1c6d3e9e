"""What a file's own structure says of it: lengths, counts and checksums that decoders mostly pass over."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from tenuto.audio.containers import flac, iff, mp4, mpeg, ogg
from tenuto.audio.containers.id3 import tag_length
from tenuto.audio.containers.walk import Header, Walk
from tenuto.audio.faults import Faults

_WALKS: Final[tuple[Callable[[BinaryIO, Faults], Walk | None], ...]] = (
    *(ogg.walk, flac.walk, iff.walk, mp4.walk),
    mpeg.walk,  # the last: a frame of MPEG audio begins with 11 bits, by which it is hardly known
)


def walk(path: Path, faults: Faults) -> Walk:
    """Reads the file's structure to its end. Faults go to `faults`.

    Of a format that isn't checked, only the length of ID3 tags is known. Raises `OSError`.
    """
    with path.open("rb") as file:
        for each in _WALKS:
            file.seek(0)
            if found := each(file, faults):
                return found
        return Walk(Header(tag_length(file)))
