"""Recordings that nobody sang, and how files and other catalogues would misname them. At any size.

Source 1 is a catalogue: its keys are recordings. Source 2 are files, some of one recording. What is hard
about it is drawn from what is hard in real catalogues: versions with and without a word for it, songs by
other artists, titles that everybody uses, parts, guests, remasters, typing errors, durations slightly off.
"""

from pathlib import Path
from string import Template
from typing import Final

from tenuto.catalogue.session import Session

RELEASE: Final = 12
"""Tracks of a release; an artist has three releases."""


class _Script(Template):
    delimiter = "@"


def perturbed(session: Session, keys: str, catalogue: int, files: int) -> None:
    """Creates the table `keys` (propose's columns, and label) of about `catalogue` and `files` rows."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    words = {"keys": keys, "count": str(catalogue * 10 // 9), "files": str(files), "release": str(RELEASE)}
    session.query(_Script(text).substitute(words))
