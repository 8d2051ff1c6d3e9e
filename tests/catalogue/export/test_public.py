"""What a public export tells, and what it keeps (docs/export.md, clauses 5 to 9)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tenuto.catalogue.export import Format
from tenuto.catalogue.session import open_session
from tenuto.formats.dictionary import EXPORTED
from tenuto.model.source import Entity, Identifier, Listens, Scheme
from tests.catalogue.export.exports import PUBLIC, SECRET, URL, Catalogue, documents, exported, of, parquet
from tests.catalogue.harvests import SMALL, harvest, isrc, plays, row


@pytest.mark.parametrize("kind", [Format.CSV, Format.SQLITE])
def test_nothing_that_only_a_withheld_source_says_leaves(
    tmp_path: Path, catalogue: Catalogue, kind: Format
) -> None:
    """ "A fact leaves only if a row of an included source states it.\""""
    exported(catalogue, kind, tmp_path / "out", **PUBLIC)
    for path in (tmp_path / "out").iterdir():
        assert SECRET.encode() not in path.read_bytes(), path.name
        assert b"GBTST8888888" not in path.read_bytes(), path.name


def test_a_document_tells_a_merged_recording_by_its_open_rows(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "out"
    exported(catalogue, Format.JSONL, folder, **PUBLIC)
    by_title = {document["title"]: document for document in documents(folder)}
    assert by_title.keys() == {"Song", "=1+1"}
    song = by_title["Song"]
    assert (song["artist"], song["year"], song["genre"], song["duration_ms"]) == ("Ann", 1999, "", None)
    assert [place["uri"] for place in song["locations"]] == [URL]
    assert [each["value"] for each in song["identifiers"]] == ["GBTST0000001"]
    assert [each["statement"] for each in song["rights"]] == ["CC-BY-4.0"]
    assert song["features"] == {"explicit": None, "key": 3, "mode": "minor", "tempo": None}
    assert [release["title"] for release in song["releases"]] == ["Album"]
    with open_session(tmp_path / "ids", SMALL) as session:
        ((ann,),) = session.query("SELECT uuid5('artist', 'open', 'Ann')::VARCHAR")
    assert song["artist_id"] == ann, "not the one that the private source credits"
    assert by_title["=1+1"]["artist_id"] is not None


def test_ids_are_the_catalogues(tmp_path: Path, catalogue: Catalogue) -> None:
    exported(catalogue, Format.JSONL, tmp_path / "all")
    exported(catalogue, Format.JSONL, tmp_path / "told", **PUBLIC)
    everything = {document["id"] for document in documents(tmp_path / "all")}
    told = {document["id"] for document in documents(tmp_path / "told")}
    assert len(told) == 2
    assert told < everything


def test_every_row_is_told_or_left_out_for_a_reason(tmp_path: Path, catalogue: Catalogue) -> None:
    done = exported(catalogue, Format.PARQUET, tmp_path / "out", **PUBLIC)
    assert all(count.add_up for count in done.tables.values())
    assert done.tables["recordings"].left_out == {"withheld-source": 1}
    assert done.tables["locations"].left_out == {"held-location": 1, "withheld-source": 1}
    assert {source.name: (source.left_out, source.exported_rows) for source in done.sources} == {
        "open": ("", 5),
        "private": ("private", 0),
    }


def test_references_lead_to_rows_that_are_told(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "out"
    exported(catalogue, Format.PARQUET, folder, **PUBLIC)
    recordings, releases, artists = (
        {each[0] for each in parquet(folder, name)} for name in ("recordings", "releases", "artists")
    )
    assert {each[4] for each in parquet(folder, "recordings")} - {None} <= artists
    for table in ("tracks", "rights", "locations", "listens", "features", "links", "popularity"):
        assert {each[0] for each in parquet(folder, table)} <= recordings, table
    assert {each[2] for each in parquet(folder, "tracks")} <= releases


def test_with_nothing_withheld_the_public_export_tells_what_the_snapshot_says(
    tmp_path: Path, catalogue: Catalogue
) -> None:
    """But for places in the operator's hands, `differs`, and artists that no recording is by any more."""
    everything, told = tmp_path / "all", tmp_path / "told"
    exported(catalogue, Format.PARQUET, everything)
    exported(catalogue, Format.PARQUET, told, public=True)
    for table in EXPORTED:
        if table.name not in {"artists", "locations", "source_rows"}:
            assert parquet(told, table.name) == parquet(everything, table.name), table.name
    assert set(parquet(told, "artists")) < set(parquet(everything, "artists"))
    assert {each[1] for each in parquet(told, "locations")} == {f"https://{SECRET}.org", URL}
    assert {each[-1] for each in parquet(told, "source_rows")} == {""}


def test_popularity_that_rests_on_withheld_listens_is_left_out(tmp_path: Path) -> None:
    ours = harvest(tmp_path / "h", "open", [row("1", "Song"), plays("1", 3)], priority=1)
    theirs = harvest(tmp_path / "h", "private", [row("9", "Other"), plays("9", 100)], priority=2)
    folder = tmp_path / "out"
    done = exported(of(tmp_path, [ours, theirs]), Format.PARQUET, folder, **PUBLIC)
    assert parquet(folder, "popularity") == []
    assert done.tables["popularity"].left_out == {"rests-on-withheld-listens": 2}
    assert [each[1] for each in parquet(folder, "listens")] == ["open"]


@pytest.mark.parametrize("wanted", [{}, PUBLIC], ids=["all", "public"])
def test_counts_have_the_period_of_their_source(tmp_path: Path, wanted: dict[str, Any]) -> None:
    """snapshot.md, clause 9: the rows state none where all of the source's have the same."""
    counts = Listens(3.0, "plays", "2024-01-01/2024-02-01")
    ours = harvest(tmp_path / "h", "open", [row("1", "Song"), replace(plays("1", 3), listens=counts)])
    exported(of(tmp_path, [ours]), Format.PARQUET, tmp_path / "out", **wanted)
    assert [each[1:5] for each in parquet(tmp_path / "out", "listens")] == [
        ("open", "plays", counts.window, 3.0)
    ]


def test_a_recording_that_open_sources_only_count_isnt_told(tmp_path: Path) -> None:
    theirs = harvest(tmp_path / "h", "private", [row("9", "Other", identifiers=(isrc(1),))], priority=1)
    ours = harvest(tmp_path / "h", "open", [plays("1", 3, identifiers=(isrc(1),))], priority=2)
    folder = tmp_path / "out"
    done = exported(of(tmp_path, [ours, theirs]), Format.PARQUET, folder, **PUBLIC)
    assert [count.exported for count in done.tables.values()] == [0] * len(EXPORTED)
    assert parquet(folder, "source_rows") == []


def test_a_merged_release_is_told_by_its_open_rows(tmp_path: Path) -> None:
    mbid = Identifier(Scheme.MBID, "0b1e0d9c-0a49-4b8f-8f6e-6a1c6a7a0001")
    barcode = Identifier(Scheme.BARCODE, "4006381333931")

    def album(title: str, key: str, *names: Identifier, **fields: object) -> object:
        return row(key, title, entity=Entity.RELEASE, identifiers=names, **fields)

    theirs = [album("Hush", "r", mbid, barcode, year=1888, label="hush"), row("p", "Tune", release_key="r")]
    ours = [album("Open", "1", mbid, artist="Ann"), row("2", "Song", release_key="1")]
    harvests = [harvest(tmp_path / "h", "private", theirs, priority=1),  # type: ignore[arg-type]  # rows
                harvest(tmp_path / "h", "open", ours, priority=2)]  # type: ignore[arg-type]  # as above  # fmt: skip
    folder = tmp_path / "out"
    exported(of(tmp_path, harvests), Format.PARQUET, folder, **PUBLIC)
    ((_, _, title, artist, label, year, _),) = parquet(folder, "releases")
    assert (title, artist, label, year) == ("Open", "Ann", "", None)
    assert [each[2:] for each in parquet(folder, "identifiers")] == [("mbid", mbid.value)]
    assert len(parquet(folder, "tracks")) == 1


def test_links_and_redirects_of_withheld_rows_stay(tmp_path: Path, catalogue: Catalogue) -> None:
    folder = tmp_path / "out"
    exported(catalogue, Format.PARQUET, folder, **PUBLIC)
    assert parquet(folder, "links") == []
    with open_session(tmp_path / "ids", SMALL) as session:
        ((own,),) = session.query("SELECT uuid5('recording', 'open', '1')")
    assert [each[0] for each in parquet(folder, "redirects")] == [own], "the open row's own id leads on"


def test_an_artist_without_a_printed_name_is_told_where_a_recording_names_it(tmp_path: Path) -> None:
    ours = harvest(tmp_path / "h", "open", [row("1", "Song", artist_key="x")])
    folder = tmp_path / "out"
    exported(of(tmp_path, [ours]), Format.PARQUET, folder, **PUBLIC)
    ((number, _, name),) = parquet(folder, "artists")
    assert (name, parquet(folder, "recordings")[0][4]) == ("", number)
