"""Reading a Discogs dump, beside a standard-library pull parser that makes nothing of it.

python -m benchmarks.sources.bench_discogs [--size RELEASES]
"""

import gzip
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import iterparse

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.model.ids import SourceName
from tenuto.sources.discogs import DiscogsSource
from tenuto.sources.harvest import harvest
from tenuto.testing.source import Silence

FILE = "discogs_20260901_releases.xml.gz"
TRACKS = 9

TENUTO, ROWS, PASSING, PARSER = (
    "Tenuto: harvest to Parquet",
    "Tenuto: rows, writing nothing",
    "Tenuto: passing over what a cut harvest has",
    "iterparse, elements cleared, writing nothing",
)


def write_dump(path: Path, releases: int) -> int:
    """Returns the bytes of the XML."""
    length = 0
    with gzip.open(path, "wb", compresslevel=6) as file:
        for text in ("<releases>\n", *map(_release, range(1, releases + 1)), "</releases>\n"):
            length += file.write(text.encode())
    return length


def _artist(number: int, join: str = "") -> str:
    return (
        f"<artist><id>{number}</id><name>Artist {number} (2)</name><anv></anv><join>{join}</join>"
        "<role></role><tracks></tracks></artist>"
    )


def _track(number: int, place: int) -> str:
    by = f"<artists>{_artist(number * 31 % 10**6, '&amp;')}{_artist(place)}</artists>" if place % 2 else ""
    return (
        f"<track><position>{'AB'[place // 5]}{place % 5 + 1}</position><title>Sång {number * TRACKS + place}"
        f"</title><duration>{place}:{number % 60:02}</duration>{by}</track>"
    )


def _release(number: int) -> str:
    return (
        f'<release id="{number}" status="Accepted"><images><image type="primary" uri="" uri150="" '
        f'width="600" height="595"/></images><artists>{_artist(number % 50_000)}</artists>'
        f'<title>Skivan {number}</title><labels><label name="Etiketten" catno="X {number}" id="6"/></labels>'
        '<formats><format name="Vinyl" qty="1" text=""/></formats><genres><genre>Electronic</genre></genres>'
        "<styles><style>Techno</style><style>House</style></styles><country>SE</country>"
        f"<released>{1960 + number % 65}-05-20</released><notes>Printed in Sweden.\nNot for sale.</notes>"
        f'<data_quality>Correct</data_quality><master_id is_main_release="true">{number}</master_id>'
        f"<tracklist>{''.join(_track(number, place) for place in range(TRACKS))}</tracklist><identifiers>"
        '<identifier type="Barcode" value="0 74646 36282 2"/></identifiers><companies/></release>\n'
    )


def _source(folder: Path) -> DiscogsSource:
    return DiscogsSource(SourceName("bench"), folder)


def tenuto(folder: Path) -> int:
    result = harvest(_source(folder), folder / "harvests", Silence(), force=True)
    assert result.counts.failed == 0
    return sum(segment.stat().st_size for segment in result.segments)


def rows(folder: Path, start: int = 0) -> int:
    for _ in _source(folder).rows(Silence(), start=start):
        pass
    return 0


def parser(folder: Path) -> int:
    with gzip.open(folder / FILE) as file:
        for _, element in iterparse(file):
            if element.tag == "release":
                element.clear()
    return 0


def report(items: int, length: int, runs: dict[str, Measured[int]]) -> None:
    ours = runs[TENUTO].cpu
    show(
        f"sources: a Discogs dump of {items:,} rows, {megabytes(length)} MB of XML",
        ("what", "processor s", "rows a processor s", "÷ Tenuto", "peak MB", "MB written"),
        [
            [
                *(name, seconds(run.cpu), f"{items / run.cpu:,.0f}", ratio(run.cpu, ours)),
                *(megabytes(run.peak_bytes), megabytes(run.result) if run.result else ""),
            ]
            for name, run in runs.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    releases = size_option(__doc__, "releases", 15_000, arguments)
    items = releases * (TRACKS + 1)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        length = write_dump(folder / FILE, releases)
        calls: dict[str, Callable[[], int]] = {TENUTO: partial(tenuto, folder), ROWS: partial(rows, folder)}
        calls |= {PASSING: partial(rows, folder, items), PARSER: partial(parser, folder)}
        report(items, length, race(calls))


if __name__ == "__main__":
    main()
