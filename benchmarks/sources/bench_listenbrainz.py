"""Summing ListenBrainz' listens, beside DuckDB counting them with nothing else to do.

python -m benchmarks.sources.bench_listenbrainz [--size LISTENS]
"""

import io
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.report import Measured, megabytes, race, ratio, seconds, show, size_option
from tenuto.model.ids import SourceName
from tenuto.sources.harvest import harvest
from tenuto.sources.listenbrainz import ListenBrainzSource
from tenuto.testing.source import Silence

ARCHIVE = "listenbrainz-spark-dump-1-20260701-000004-full"
MEMBERS = 4
FIRST, LAST = 1_609_459_200, 1_640_995_200
"""The year 2021, in seconds since 1970."""

TENUTO, DUCKDB = "Tenuto: harvest to Parquet", "DuckDB: count(*) by recording, uncapped, of Parquet files"


def write_dump(folder: Path, listens: int) -> None:
    """Zipf over recordings, Pareto over listeners, 15 % without an MBID; also its members as files."""
    chance, recordings = np.random.default_rng(1), listens // 6
    weights = 1 / np.arange(1, recordings + 1) ** 0.9
    heard = chance.choice(recordings, listens, p=weights / weights.sum())
    listeners = (chance.pareto(1.1, listens) * 50).astype(np.int64) % 20_000
    times = np.sort(chance.integers(FIRST, LAST, listens))
    mbids = np.array(
        [str(UUID(int=i * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)) for i in range(recordings)]
    )
    with tarfile.open(folder / f"{ARCHIVE}.tar", "w") as archive:
        for member, part in enumerate(np.array_split(np.arange(listens), MEMBERS)):
            table = _table(heard[part], listeners[part], times[part], mbids)
            pq.write_table(table, folder / f"{member}.parquet")
            data = (folder / f"{member}.parquet").read_bytes()
            info = tarfile.TarInfo(f"{ARCHIVE}/{member}.parquet")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def _table(heard: np.ndarray, listeners: np.ndarray, times: np.ndarray, mbids: np.ndarray) -> pa.Table:
    names = [f"Sång {number}" for number in heard]
    return pa.table(
        {
            "listened_at": pa.array(times * 1000, pa.timestamp("ms")),
            "created": pa.array(times * 1000, pa.timestamp("ms")),
            "user_id": listeners,
            "recording_msid": mbids[heard],
            "artist_name": [f"Artist {number % 60_000}" for number in heard],
            "release_name": names,
            "release_mbid": mbids[heard],
            "recording_name": names,
            "recording_mbid": pa.array(np.where(heard % 20 < 17, mbids[heard], None), pa.string()),
        }
    )


def tenuto(folder: Path) -> int:
    paths = [folder / f"{ARCHIVE}.tar"]
    source = ListenBrainzSource(SourceName("bench"), paths, folder / "scratch")
    result = harvest(source, folder / "harvests", Silence(), force=True)
    assert result.counts.failed == 0
    return sum(segment.stat().st_size for segment in result.segments)


def duck(folder: Path) -> int:
    target = folder / "duckdb-counts"
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # it would go to stdout
        rows = f"SELECT recording_mbid, count(*) FROM read_parquet('{folder}/[0-9].parquet') GROUP BY ALL"
        connection.execute(f"COPY ({rows}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    return target.stat().st_size


def report(listens: int, length: int, runs: dict[str, Measured[int]]) -> None:
    ours = runs[TENUTO].cpu
    show(
        f"sources: a ListenBrainz dump of {listens:,} listens, {megabytes(length)} MB of Parquet",
        ("what", "processor s", "listens a processor s", "÷ Tenuto", "peak MB", "MB written"),
        [
            [
                *(name, seconds(run.cpu), f"{listens / run.cpu:,.0f}", ratio(run.cpu, ours)),
                *(megabytes(run.peak_bytes), megabytes(run.result)),
            ]
            for name, run in runs.items()
        ],
    )


def main(arguments: Sequence[str] | None = None) -> None:
    listens = size_option(__doc__, "listens", 1_000_000, arguments)
    with tempfile.TemporaryDirectory(prefix="tenuto-bench-") as name:
        folder = Path(name)
        write_dump(folder, listens)
        calls: dict[str, Callable[[], int]] = {TENUTO: partial(tenuto, folder), DUCKDB: partial(duck, folder)}
        report(listens, (folder / f"{ARCHIVE}.tar").stat().st_size, race(calls))


if __name__ == "__main__":
    main()
