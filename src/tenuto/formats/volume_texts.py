"""`README.txt` and `playlist.m3u8` of a volume. Specified in docs/formats/volume.md, clauses 13-15."""

import textwrap
from collections import Counter

from tenuto.formats.names import band_folder
from tenuto.formats.text import clean
from tenuto.formats.volume import INDEX, PLAYLIST, RIGHTS, SUMS, VolumeContent, VolumeItem
from tenuto.model.catalogue import ListensBasis

_BASIS_SENTENCES = {
    ListensBasis.COUNTED: "counted by a source",
    ListensBasis.ESTIMATED: "estimated from the artist and release",
    ListensBasis.SYNTHETIC: "SYNTHETIC: drawn from a law, not counted by anybody",
    ListensBasis.NONE: "not known",
}


def write_playlist(content: VolumeContent) -> bytes:
    """Extended M3U in UTF-8, most heard first."""
    lines = ["#EXTM3U"]
    for item in content.items:
        recording = item.cleared.subject.recording
        seconds = round(item.cleared.subject.characterisation.duration_ms / 1000)
        lines.append(f"#EXTINF:{seconds},{clean(recording.artist)} - {clean(recording.title)}")
        lines.append("/".join(item.path))
    return ("\n".join(lines) + "\n").encode()


def write_readme(content: VolumeContent, name: str) -> bytes:
    """For a person who finds the folder and knows nothing of Tenuto."""
    sections = [
        _heading(content, name),
        _listens(content),
        _licences(content),
        _FILES,
        _VERIFY,
    ]
    return ("\n\n".join(sections) + "\n").encode()


def _heading(content: VolumeContent, name: str) -> str:
    low, high = content.band
    total = sum(item.placed.length for item in content.items)
    return f"{name}\n{'=' * len(name)}\n\n" + _wrapped(
        f"Volume {content.number}, revision {content.revision}, of the popularity band {low} to {high} "
        f'of the music archive "{content.archive}": {_count(len(content.items), "recording")}, {total:,} '
        f"bytes of audio, in {band_folder(content.band)}/. File names are simplified; the true titles "
        f"are in {INDEX}."
    )


def _listens(content: VolumeContent) -> str:
    by_basis = Counter(_popularity_basis(item) for item in content.items)
    lines = [
        f"  {_count(by_basis[basis], 'recording')}: {_BASIS_SENTENCES[basis]}" for basis in sorted(by_basis)
    ]
    warning = []
    if content.synthetic:
        warning = [
            _wrapped(
                "The listens in this volume are SYNTHETIC. They were made up for a demonstration and say "
                "nothing about what people listen to."
            )
        ]
    return "\n".join(["Listens", "-------", *warning, *lines])


def _popularity_basis(item: VolumeItem) -> ListensBasis:
    return item.cleared.subject.recording.popularity.basis


def _licences(content: VolumeContent) -> str:
    by_licence = Counter(item.cleared.licence for item in content.items)
    licences = sorted(by_licence.items())
    lines = [f"  {clean(licence)}: {_count(number, 'recording')}" for licence, number in licences]
    how = _wrapped(
        f"Each recording's licence, holder and the evidence for it are in {RIGHTS}. When you use a recording "
        "or pass it on, keep to its licence: where it asks for attribution, name the title, the artist or "
        "rights holder and the licence as they stand there, and say what you changed."
    )
    return "\n".join(["Licences", "--------", *lines, "", how])


_FILES = f"""Files
-----
  {INDEX}  everything known of each recording, most heard first
  {PLAYLIST}  the same order, for a player
  {RIGHTS}     licences and evidence
  {SUMS}     SHA-256 of every other file

A folder .pad, where your torrent client made one, holds zero bytes only:
you may delete it."""

_VERIFY = f"""Checking
--------
  In this folder:    sha256sum -c {SUMS}
  With Tenuto:       tenuto verify FOLDER"""


def _wrapped(text: str) -> str:
    return textwrap.fill(text, width=76)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
