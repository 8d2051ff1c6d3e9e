"""docs/formats/mapping.md, clauses 1 to 3."""

import pytest

from tenuto.formats.mapping import Column, parse
from tenuto.model.errors import ConfigurationError
from tenuto.model.source import Entity

GOOD = """
version = 1
[[table]]
files = ["a.csv"]
key = ["k"]
[table.columns]
title = "t"
"""


def test_defaults() -> None:
    (table,) = parse(GOOD, "here").tables
    assert (table.format, table.entity, table.duration_unit, table.join) == (
        "csv",
        Entity.RECORDING,
        "s",
        None,
    )


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("a", Column("a")),
        ("a b#c", Column("a b#c")),
        ("a#/b/0", Column("a", ("b", "0"))),
        ("a#/x~1y~0z", Column("a", ("x/y~z",))),
    ],
)
def test_columns_may_point_into_json(text: str, column: Column) -> None:
    """mapping.md, clause 3."""
    assert Column.parse(text) == column


@pytest.mark.parametrize(
    ("file", "format_name"),
    [("a.CSV.GZ", "csv"), ("a.tsv.xz", "tsv"), ("b.c.ndjson.zst", "jsonl"), ("a.jsonl.bz2", "jsonl")],
)
def test_formats_of_compressed_files_are_told_by_both_endings(file: str, format_name: str) -> None:
    """mapping.md, clause 2."""
    (table,) = parse(GOOD.replace("a.csv", file), "here").tables
    assert table.format == format_name


def test_keys_are_recordings_unless_the_mapping_says_otherwise() -> None:
    assert parse(GOOD, "here").keys_are_recordings
    assert not parse(f"keys_are_recordings = false\n{GOOD}", "here").keys_are_recordings


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("version = 1", "version = 2"),
        ("version = 1", "version = "),
        ("version = 1", "version = 1\nsurprise = 1"),
        ('title = "t"', 'tittle = "t"'),
        ('title = "t"', "title = 1"),
        ('key = ["k"]', "key = []"),
        ('key = ["k"]', 'key = ["k"]\nduration_unit = "h"'),
        ('key = ["k"]', 'key = ["k"]\nformat = "xls"'),
        ('key = ["k"]', 'key = ["k"]\nentity = "song"'),
        ('files = ["a.csv"]', 'files = ["/a.csv"]'),
        ('files = ["a.csv"]', 'files = ["b/../../a.csv"]'),
        ('files = ["a.csv"]', 'files = ["a.xls"]'),
        ('files = ["a.csv"]', 'files = ["a.zip"]'),
        ('files = ["a.csv"]', 'files = ["a.gz"]'),
        ('title = "t"', "title = []"),
        ('title = "t"', 'barcode = "t"'),
        ('key = ["k"]', 'key = ["k"]\nentity = "release"\nconstants = { isrc = "x" }'),
        ('key = ["k"]', 'key = ["k"]\nlocation_prefix = "ftp://example.org/"'),
        ("version = 1", 'version = 1\nkeys_are_recordings = "no"'),
    ],
)
def test_mistakes_are_named(good: str, bad: str) -> None:
    """mapping.md, clause 1."""
    with pytest.raises(ConfigurationError, match=r"here.*See docs/formats/mapping.md"):
        parse(GOOD.replace(good, bad), "here")
