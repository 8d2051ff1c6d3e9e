"""Readable, harmless paths for a volume's audio files. Specified in docs/formats/names.md."""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from tenuto.formats.paths import PathParts
from tenuto.model.errors import BadInputError
from tenuto.model.ids import RecordingId

MAX_NAME_BYTES: Final = 120
_MAX_SLUG: Final = 80
_SHORT_IDS: Final = (8, 12, 16, 32)
"""Hexadecimal digits of the recording's id: as few as keep names apart, 32 being all of it."""

# ruff: noqa: RUF001  the letters below look like others on purpose: they are what is being spelt out
_SPELLINGS: Final = """
ßss æae œoe øo đd ðd þth łl ħh ıi ŋng ĸk ŧt əe ƒf
аa бb вv гg дd еe ёe жzh зz иi йi кk лl мm нn оo пp рr сs тt уu фf хkh цts чch шsh щshch ъ ыy ь эe юyu яya
іi їi єe ґg ђdj јj љlj њnj ћc џdz
αa βv γg δd εe ζz ηi θth ιi κk λl μm νn ξx οo πp ρr σs ςs τt υy φf χch ψps ωo
’ ʼ ' ` ´
"""
"""Letters that don't decompose into a Latin one, each followed by how it is spelt; apostrophes vanish."""

_TRANSLITERATION: Final = str.maketrans(
    {spelling[0]: spelling[1:] for spelling in _SPELLINGS.split()} | {"&": " and ", "@": " at "}
)

_RESERVED: Final = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{digit}" for port in ("com", "lpt") for digit in range(10))]
)
"""Windows takes these for devices, whatever extension follows."""


@lru_cache(maxsize=4096)  # packing asks for one name several times
def slug(text: str, fallback: str) -> str:
    """`text` in lower-case ASCII letters and digits joined by hyphens, at most 80 characters (clauses 2-4).

    Text without a letter or digit that can be written so gives `fallback`, a hyphen and 8 hexadecimal
    digits of the SHA-256 of its NFC form, so that different texts stay different.
    """
    folded = unicodedata.normalize("NFKD", text.casefold().translate(_TRANSLITERATION)).casefold()
    bare = "".join(c for c in folded if not unicodedata.combining(c)).translate(_TRANSLITERATION)
    words = re.findall("[a-z0-9]+", bare)
    found = "-".join(words)[:_MAX_SLUG].rstrip("-")
    if not found:
        nfc = unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")
        return f"{fallback}-{sha256(nfc).hexdigest()[:8]}" if text.strip() else fallback
    return f"{found}_" if found in _RESERVED else found


def band_folder(band: tuple[int, int]) -> str:
    """`80-100`, `00-19`: starts with a digit, so audio comes before every paper (volume.md, clause 3)."""
    return f"{band[0]:02d}-{band[1]:02d}"


def audio_path(
    band: tuple[int, int],
    *,
    artist: str,
    title: str,
    recording: RecordingId,
    extension: str,
    taken: Callable[[PathParts], bool],
) -> PathParts:
    """`<band>/<artist-slug>/<title-slug>.<shortid>.<ext>`; the short id grows until the path isn't taken.

    `BadInputError` for an id that is no UUID, an extension that isn't 1 to 8 letters or digits, or when
    even the whole id is taken.
    """
    digits = _uuid_digits(recording)
    if not re.fullmatch("[a-z0-9]{1,8}", extension):
        raise BadInputError(f"{extension!r} is no file name extension", where=recording)
    for length in _SHORT_IDS:
        name = f"{slug(title, 'untitled')}.{digits[:length]}.{extension}"
        path = (band_folder(band), slug(artist, "unknown-artist"), name)
        if not taken(path):
            return path
    raise BadInputError("its name is in the volume already", where=recording)


def _uuid_digits(recording: RecordingId) -> str:
    try:
        return UUID(recording).hex
    except ValueError:
        raise BadInputError("no recording id", where=repr(recording), remedy="Give a UUID") from None
