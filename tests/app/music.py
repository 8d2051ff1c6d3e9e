"""A small collection of real audio with what real collections have wrong with them."""

import os
import unicodedata
from pathlib import Path

from mutagen.flac import FLAC
from mutagen.id3 import ID3, TIT2

from tests.audio_files import write_tone

CLEARED = 6
ODD = 4
RIGHTS = """version = 1
statement = "CC-BY-4.0"
holder = "The Test Tones"

[[files]]
glob = "dark/*"
statement = "https://rightsstatements.org/vocab/InC/1.0/"
"""


def make_collection(root: Path) -> Path:
    """Six cleared tones, one in copyright, and the usual trouble."""
    for number in range(4):
        tags = {"title": f"Tone {number}", "artist": "The Test Tones", "album": "Tones"}
        write_tone(
            root / "tones" / f"{number}.flac", seconds=1 + number / 2, hertz=220 * (number + 1), tags=tags
        )
    write_tone(
        root / "tones" / "escape.opus", hertz=300, tags={"title": "../../../etc/passwd", "artist": "../.."}
    )
    write_tone(
        root / "tones" / "ESCAPE.mp3", hertz=310, tags={"title": "../../../etc/passwd", "artist": "../.."}
    )
    write_tone(root / "dark" / "in-copyright.flac", hertz=500, tags={"title": "Dark", "artist": "Nobody"})
    (root / "tones" / "unreadable.ogg").write_bytes(b"OggS" + bytes(5000))
    (root / "tones" / "empty.flac").write_bytes(b"")
    (root / "tones" / "out.flac").symlink_to("/etc/hostname")
    (root / "rights.toml").write_text(RIGHTS, encoding="utf-8")
    for path in sorted(root.rglob("*")):
        os.utime(path, (1_700_000_000, 1_700_000_000), follow_symlinks=False)
    return root


SHIFT_JIS = "音楽のテスト"
REPEATED = ("One title", "Another title")


def add_odd_tags(root: Path) -> Path:
    """Four cleared tones more: Shift-JIS called Latin-1, a title given twice, a name in two Unicode forms."""
    folder = root / "odd"
    japanese = write_tone(folder / "japanese.mp3", hertz=600)
    tags = ID3()  # type: ignore[no-untyped-call]  # mutagen has no types
    misread = SHIFT_JIS.encode("cp932").decode("latin-1")
    tags.add(TIT2(encoding=0, text=[misread]))  # type: ignore[no-untyped-call]  # as above
    tags.save(japanese)
    repeated = FLAC(write_tone(folder / "repeated.flac", hertz=610))  # type: ignore[no-untyped-call]  # as above
    repeated["title"] = list(REPEATED)
    repeated.save()
    names = (unicodedata.normalize("NFC", "Café"), unicodedata.normalize("NFD", "Café"))
    for number, name in enumerate(names):
        write_tone(folder / f"{name}.flac", hertz=620 + number, tags={"title": name, "artist": "Unicode"})
    return root
