"""A catalogue that somebody counted listens of: artists, releases and genres, and nothing fetched yet."""

import csv
import io
from pathlib import Path

import numpy as np

RECORDINGS = 400
GENRES = ("Ambient", "Dub", "Folk", "Noise", "Polka")
LICENCES = ("https://creativecommons.org/licenses/by/4.0/", "https://creativecommons.org/licenses/by-sa/4.0/")
COLUMNS = (
    *("id", "title", "artist", "release", "genre", "duration", "listens", "location", "length"),
    "licence",
)
MAPPING = """version = 1
licence = "CC0-1.0"

[[table]]
files = ["songs.csv"]
key = ["id"]

[table.columns]
title = "title"
artist = "artist"
release = "release"
genre = "genre"
duration = "duration"
listens = "listens"
location = "location"
location_length = "length"
evidence = "licence"
"""


def make_table(folder: Path, recordings: int = RECORDINGS) -> Path:
    """The folder of the table; its mapping stands beside it."""
    random = np.random.default_rng(7)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number in range(recordings):
        artist = int(random.zipf(1.5)) % 40
        seconds = int(random.lognormal(5.2, 0.4))
        genres = random.choice(GENRES, random.integers(0, 3), replace=False)
        writer.writerow(
            [
                *(f"song-{number}", f"Song {number}", f"Artist {artist}"),
                f"Album {artist}-{random.integers(0, 4)}" if random.random() < 0.9 else "",
                "; ".join(genres),
                *(seconds, int(random.pareto(0.9) * 20)),
                f"https://host{random.integers(0, 5)}.example/{number}.mp3",
                seconds * int(random.integers(12_000, 40_000)),
                LICENCES[number % 2],
            ]
        )
    folder.mkdir(parents=True)
    (folder / "songs.csv").write_text(text.getvalue(), encoding="utf-8")
    mapping = folder.parent / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return folder
