"""mapping.md, clauses 5 and 6: bad input costs its own row or is one clear error, in bounded memory."""

import bz2
import gzip
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenuto.formats.harvest import read_reject
from tenuto.formats.mapping import parse
from tenuto.model.errors import ConfigurationError
from tenuto.model.ids import SourceName
from tenuto.model.source import RejectedRow, SourceRow
from tenuto.sources.harvest import harvest
from tenuto.sources.table import TableSource
from tenuto.sources.table_text import _Rows
from tenuto.testing.source import Silence, everything

NAME = SourceName("list")
MAPPING = """
version = 1
[[table]]
files = [{files}]
key = ["id"]
[table.columns]
title = "title"
year = "year"
"""


def _source(base: Path, *files: str) -> TableSource:
    return TableSource(NAME, parse(MAPPING.format(files=", ".join(f'"{file}"' for file in files)), "t"), base)


def _items(base: Path, *files: str) -> list[SourceRow | RejectedRow]:
    return everything(_source(base, *files))


def _zstd(data: bytes) -> bytes:
    compressed: bytes = pa.compress(data, codec="zstd", asbytes=True)
    return compressed


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": partial(bz2.compress, compresslevel=1),  # blocks come whole or not at all: small ones
    "xz": lzma.compress,
    "zst": _zstd,
}
ROWS = 12_000


def _title(n: int) -> str:
    return f"title {n * 7919 % 10_007}" * 10


def _csv() -> bytes:
    lines = (f"{n},{_title(n)},{1900 + n % 100}\n" for n in range(ROWS))
    return f"id,title,year\n{''.join(lines)}".encode()


def _jsonl() -> bytes:
    rows = (
        {"id": str(n), "title": f"title {n * 7919 % 10_007}", "year": 1900 + n % 100} for n in range(ROWS)
    )
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("ending", COMPRESSORS)
@pytest.mark.parametrize(("name", "data"), [("t.csv", _csv()), ("t.jsonl", _jsonl())])
def test_compressed_tables_and_what_is_left_of_cut_ones(
    tmp_path: Path, ending: str, name: str, data: bytes
) -> None:
    """mapping.md, clauses 2 and 6: all before the cut is kept, and the next file is read."""
    whole = COMPRESSORS[ending](data)
    (tmp_path / f"{name}.{ending}").write_bytes(whole)
    rows = [item for item in _items(tmp_path, f"{name}.{ending}") if isinstance(item, SourceRow)]
    assert [row.key for row in rows] == [str(n) for n in range(ROWS)]
    (tmp_path / f"{name}.{ending}").write_bytes(whole[: len(whole) * 2 // 3])
    (tmp_path / f"next.{name}").write_bytes(data)
    *kept, fault = _items(tmp_path, f"{name}.{ending}", f"next.{name}")[:-ROWS]
    assert kept == rows[: len(kept)]
    assert isinstance(fault, RejectedRow)
    assert "cut or damaged" in fault.what
    assert len(kept) > ROWS // 3


def test_a_damaged_archive_is_a_reject(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(_csv()))
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "t.csv.gz").write_bytes(data)
    *_, fault = _items(tmp_path, "t.csv.gz")
    assert isinstance(fault, RejectedRow)
    assert "damaged" in fault.what


def test_a_cut_header_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(_csv())[:12])
    with pytest.raises(ConfigurationError, match="cut or damaged"):
        _items(tmp_path, "t.csv.gz")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"", "blank"),
        (b"\nid,title,year\n", "blank"),
        (b"id,title,y\0ear\n", "NUL"),
        (b"id,title,y\xffear\n", "encoding"),
        (b'id,title,"year\n1,a,1\n', "no header line"),
        (b"id;title;year\n", "no column 'id'"),
    ],
)
def test_a_wrong_header_is_one_error(tmp_path: Path, header: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(header)
    with pytest.raises(ConfigurationError, match=message):
        _items(tmp_path, "t.csv")


def test_rows_that_repeat_a_key_are_kept_and_names_that_stand_twice_are_not(tmp_path: Path) -> None:
    """mapping.md, clauses 5 and 9."""
    (tmp_path / "t.jsonl").write_text(
        '{"id": "1", "title": "one"}\n{"id": "1", "title": "two"}\n'
        '{"id": "2", "title": "a", "title": "b"}\n{"id": "3", "x": {"y": 1, "y": 2}}\n'
        '{"id": "4", "title": "\\u003a", "a":1, "a":2}\n{"id" : "5", "title": "a:b \\u003A"}\n'
    )
    items = _items(tmp_path, "t.jsonl")
    assert [item.where if isinstance(item, RejectedRow) else item.key for item in items] == [
        *("1", "1", "t.jsonl:3", "t.jsonl:4", "t.jsonl:5", "5"),
    ]
    assert isinstance(items[2], RejectedRow)
    assert "stands twice" in items[2].what
    assert '"title": "a"' in items[2].raw


def test_wrong_types_are_rejects(tmp_path: Path) -> None:
    deep = "[" * 50_000 + "]" * 50_000
    (tmp_path / "t.jsonl").write_text(
        '{"id": "1", "year": "soon"}\n{"id": "2", "year": [1]}\n{"id": {"a": 1}, "title": ["x", 1.50]}\n'
        f'{{"id": "4", "title": {deep}}}\n{{"id": "5", "title": 1e400}}\n"6"\n{{"title": "keyless"}}\n'
    )
    items = _items(tmp_path, "t.jsonl")
    assert [isinstance(item, SourceRow) for item in items] == [False, False, True, False, False, False, False]
    assert isinstance(items[2], SourceRow)
    assert (items[2].key, items[2].title) == ('{"a":1}', '["x",1.5]')


def test_a_reject_keeps_no_more_than_its_bound(tmp_path: Path) -> None:
    """mapping.md, clause 5."""
    (tmp_path / "t.csv").write_text(
        f"id,title,year\n1,{'é' * 100_000},soon\n2,{'x' * 200_000},1999\n3,ok,1999\n"
    )
    long, longer, fine = _items(tmp_path, "t.csv")
    assert isinstance(fine, SourceRow)
    assert isinstance(long, RejectedRow)
    assert isinstance(longer, RejectedRow)
    assert (len(long.raw), len(longer.raw)) == (10_000, 10_000)
    result = harvest(_source(tmp_path, "t.csv"), tmp_path / "h", Silence())
    lines = (result.folder / "rejects.jsonl").read_text().splitlines()
    assert [read_reject(line) for line in lines] == [long, longer]


def test_quotes_without_end_cost_their_lines_only(tmp_path: Path) -> None:
    """mapping.md, clause 6, also where what follows the quote would be cells."""
    (tmp_path / "t.csv").write_text("id,title,year\n" + '0,"a\n' + '","\n' * 3_000 + "1,good,1999\n")
    *bad, good = _items(tmp_path, "t.csv")
    assert isinstance(good, SourceRow)
    assert len(bad) > 2_000
    assert not any(isinstance(item, SourceRow) for item in bad)


def test_a_parquet_file_of_another_kind_is_read_as_text(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"id": [1, 2], "title": [b"\xff", None], "year": [1999, 10]}), tmp_path / "t.parquet"
    )
    one, two = _items(tmp_path, "t.parquet")
    assert isinstance(one, SourceRow)
    assert one.title == "ff"
    assert isinstance(two, RejectedRow)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.lists(
        st.sampled_from(
            [
                b"1,a,1999\n",
                b"2,b,\n",
                b"\n",
                b"\r\n",
                b"3,c,x\n",
                b'4,"d\n',
                b'"\n',
                b'"",',
                b"5,e\n",
                b"\0",
                b"\xff",
            ]
        )
        | st.binary(max_size=6),
        max_size=25,
    ).map(b"".join),
    rows=st.integers(1, 5),
    start=st.integers(0, 20),
)
def test_the_quick_way_and_line_by_line_are_one(tmp_path: Path, body: bytes, rows: int, start: int) -> None:
    """The runs that a file is read in, and how, show nowhere."""
    (tmp_path / "t.csv").write_bytes(b"id,title,year\n" + body)
    expected = _items(tmp_path, "t.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tenuto.sources.table_text.ROWS_PER_RUN", rows)
        assert everything(_source(tmp_path, "t.csv"), start) == expected[start:]
        patch.setattr(_Rows, "_one_a_line", lambda *_: None)
        assert _items(tmp_path, "t.csv") == expected


HARVEST = """
import resource, sys
from pathlib import Path
from tests.sources.test_table_malformed import NAME, Silence, _source, harvest

folder, *files = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
harvest(_source(Path(folder), "small.csv"), Path(folder) / "warm", Silence())
in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (in_use + 400 * 2**20, resource.RLIM_INFINITY))
result = harvest(_source(Path(folder), *files), Path(folder) / "h", Silence())
print(result.counts.done, result.counts.failed)
"""


def test_memory_is_bounded_whatever_a_file_holds(tmp_path: Path) -> None:
    """Lines of 100 MB and more, and rows as long as they may be, under a limit of the address space."""
    (tmp_path / "small.csv").write_text("id,title,year\n1,a,1999\n")
    long = b"x" * (2**20 - 100)
    rows = b"".join(b"%d,%s,1999\n" % (n, b"y" * 131_000) for n in range(2, 300))
    parts = [b"id,title,year\n1,", *[long * 10] * 30, b",1999\n", rows]
    (tmp_path / "t.csv.gz").write_bytes(b"".join(map(partial(gzip.compress, compresslevel=1), parts)))
    with (tmp_path / "t.jsonl").open("wb") as file:
        file.writelines([b'{"id": "1", "title": "', *[long] * 100, b'"}\n{"id": "2"}\n'])
        file.writelines(b'{"id": "%d", "title": "%s"}\n' % (n, long) for n in range(50))
        file.write(b'{"id": "9", "title": [%s{}]}\n' % (b"{}," * 2**18))
    ended = []
    for name in ("t.csv.gz", "t.jsonl"):
        run = subprocess.run(
            [sys.executable, "-c", HARVEST, tmp_path, name], capture_output=True, text=True, check=False
        )
        ended.append((run.stdout.strip(), run.stderr[-300:]))
    assert ended == [("298 1", ""), ("52 1", "")]
