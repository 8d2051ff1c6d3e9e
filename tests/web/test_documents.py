"""Pages and JSON state the same facts."""

import csv
import html
import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tenuto.model.catalogue import ListensBasis, RecordingSummary
from tenuto.model.ids import EditionId
from tenuto.model.plan import CurvePoint
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.testing.simulated_catalogue import COUNT
from tenuto.web import create_app
from tenuto.web.csv import csv_response
from tenuto.web.documents import ChartDocument
from tenuto.web.documents.common import Frame, ListensNote
from tenuto.web.documents.rollups import Chart, Kind, Row, Unit
from tenuto.web.documents.statistics import thinned
from tenuto.words import count, duration, percent, size
from tests.web.conftest import CLEARED_RANK, DARK_RANK, EMPTY_RANK, simulated


def text_of(client: TestClient, path: str) -> str:
    """The page's text, attributes included, white space gathered."""
    return re.sub(r"\s+", " ", html.unescape(client.get(path).text))


@pytest.mark.parametrize("rank", [CLEARED_RANK, DARK_RANK, EMPTY_RANK, 12, 16, 18])
def test_a_recording(client: TestClient, summaries: list[RecordingSummary], rank: int) -> None:
    address = f"/recording/{summaries[rank].id}"
    page, found = text_of(client, address), client.get(f"{address}.json").json()
    assert found["id"] == summaries[rank].id
    facts = [
        found["title"],
        found["artist"],
        found["release"],
        count(found["rank"] + 1),
        count(found["listens"]),
    ]
    facts += [
        piece[key]
        for piece in found["rights"]["evidence"]
        for key in ("kind", "statement", "origin", "strength")
    ]
    facts += [found["rights"][key] for key in ("licence", "reason", "detail") if found["rights"][key]]
    facts += [known["value"] for known in found["identifiers"]] + [row["key"] for row in found["source_rows"]]
    facts += [known["uri"] for known in found["locations"]]
    if found["duration_ms"] is not None:
        facts.append(duration(found["duration_ms"]))
    if found["held"]:
        facts += [
            *found["held"]["digests"].values(),
            *found["held"]["sound"]["faults"],
            count(found["held"]["length"]),
        ]
    if found["place"]:
        facts += [value if isinstance(value, str) else count(value) for value in found["place"].values()]
    assert [fact for fact in facts if str(fact) not in page] == []


def test_the_same_audio_is_shown_from_both_sides(
    client: TestClient, summaries: list[RecordingSummary]
) -> None:
    first, second, third = summaries[:3]
    found = client.get(f"/recording/{first.id}.json").json()["same_audio"]
    assert [(each["id"], each["tie"]) for each in found] == [(second.id, "likeness"), (third.id, "doubt")]
    page = text_of(client, f"/recording/{first.id}")
    assert f'href="/recording/{second.id}"' in page
    assert 'another encoding: <span class="num">1.2 %' in page
    assert "somebody should listen" in page
    (back,) = client.get(f"/recording/{second.id}.json").json()["same_audio"]
    assert (back["id"], back["offset_s"]) == (first.id, 1.24)
    assert "The same audio" not in text_of(client, f"/recording/{summaries[3].id}")


def test_the_index(client: TestClient) -> None:
    page, found = text_of(client, "/?q=study"), client.get("/index.json?q=study").json()
    for line in found["results"]:
        for fact in (f"/recording/{line['id']}", line["title"], line["artist"], count(line["listens"])):
            assert fact in page
        assert f"basis-{line['basis']}" in page
    holds = client.get("/index.json").json()["holds"]
    hero = text_of(client, "/")
    coverage = holds["coverage"]
    assert holds["recordings"] == COUNT
    assert f"= {count(coverage['covered'])} / {count(coverage['total'])}" in hero
    assert percent(coverage["covered"], coverage["total"]) in hero
    for key in ("recordings", "held", "published"):
        assert f'<dd class="num">{holds[key]}</dd>' in hero


def test_statistics_add_up_and_have_table_alternatives(client: TestClient) -> None:
    page, found = text_of(client, "/statistics"), client.get("/statistics.json").json()
    for stage in found["stages"]:
        assert stage["adds_up"] == (stage["entered"] == stage["done"] + stage["skipped"] + stage["failed"])
        assert f'<th scope="row">{stage["stage"]}</th><td class="num">{stage["entered"]}</td>' in page
    drawn = [chart for section in found["sections"] for chart in section["charts"]]
    for chart in drawn:
        rows, known = chart["rows"], chart["total"] - chart["unknown"]
        if chart["kind"] == "columns":
            assert sum(row["count"] for row in rows) == known
        for row in rows if chart["kind"] == "rows" and known else ():
            assert f'<th scope="row">{row["name"]}</th><td class="num">{row["count"]}</td>' in page
        assert f"{count(known)} of {count(chart['total'])} {chart['of']}" in page or not known
    pictures = page.count('role="img"')
    assert pictures == 2 * page.count("as a table</summary>")  # for wide screens and for phones
    assert page.count("<desc") == pictures
    assert {"recordings-by-tier", "listens-by-popularity", "coverage"} <= {chart["name"] for chart in drawn}


def test_every_chart_is_there_as_json_and_csv(client: TestClient) -> None:
    found = client.get("/statistics.json").json()
    for chart in (chart for section in found["sections"] for chart in section["charts"]):
        address = f"/statistics/{chart['name']}"
        alone = client.get(f"{address}.json").json()
        assert (alone["schema"], alone["chart"]) == ("tenuto/chart/1", chart)
        answer = client.get(f"{address}.csv")
        assert answer.headers["content-type"].startswith("text/csv")
        lines = list(csv.DictReader(io.StringIO(answer.text)))
        curve = chart["kind"] == "curve"
        counts = [row["count"] for row in chart["rows"]] + ([] if curve else [chart["unknown"]])
        assert [int(line["count"]) for line in lines] == counts
    for suffix in (".json", ".csv"):
        assert client.get(f"/statistics/no-such-chart{suffix}").status_code == 404


def test_csv_holds_no_formulas() -> None:
    row = Row('=HYPERLINK("x")', None, None, 1, None, None)
    chart = Chart("c", "C", Kind.ROWS, Unit.NONE, "", "count", "recordings", 1, 0, 1, (row,))
    document = ChartDocument("tenuto/chart/1", Frame("a", "s", ListensNote({}, None)), 0.0, chart)
    assert bytes(csv_response(document).body).splitlines()[1] == b'"\'=HYPERLINK(""x"")",1,'


def test_editions(client: TestClient) -> None:
    page, found = text_of(client, "/editions"), client.get("/editions.json").json()
    assert [edition["id"] for edition in found["editions"]] == ["e0002", "e0001"]
    for edition in found["editions"]:
        alone = client.get(f"/editions/{edition['id']}.json").json()
        assert alone["edition"] == edition
        assert alone["newest"] == (edition["id"] == "e0002")
        for volume in edition["volumes"]:
            facts = [volume[key] for key in volume if isinstance(volume[key], str)]
            assert [fact for fact in facts if fact not in page] == []
            assert f"{count(volume['bytes'])} bytes" in page
    assert "sha256sum -c SHA256SUMS" in page
    assert "tenuto verify example-070-100-0001" in page


def test_what_left_the_newest_edition_is_not_offered_by_older_ones(tmp_path: Path) -> None:
    """Invariant 6: a withdrawal reaches the web."""
    view = SimulatedArchiveView(tmp_path)
    (newest, *_) = view.editions()
    withdrawn = replace(newest.volumes[0], name="withdrawn-0001")
    older = replace(newest, id=EditionId("e0001"), volumes=(*newest.volumes, withdrawn))
    view.editions = lambda: (newest, older)  # type: ignore[method-assign]
    client = TestClient(create_app(view))
    page = client.get("/editions/e0001.json").json()["edition"]
    assert [volume["name"] for volume in page["volumes"]] == [volume.name for volume in newest.volumes]
    assert page["superseded"] == 1
    assert "1 volume is not in the newest edition" in text_of(client, "/editions/e0001")
    assert client.get("/editions/e0001/withdrawn-0001.torrent").status_code == 404
    assert client.get(f"/editions/e0001/{newest.volumes[0].name}.torrent").status_code == 200


def test_who_holds_the_volumes(client: TestClient, tmp_path: Path) -> None:
    page, found = text_of(client, "/health"), client.get("/health.json").json()
    (volume,) = found["neediest"]
    for fact in (
        volume["name"],
        f"{count(volume['bytes'])} bytes",
        found["on"],
        "north",
        "The city library",
        "NO",
    ):
        assert fact in page
    assert (found["proved"]["2"], found["claimed"]["4 to 10"], volume["seeders"], volume["dht_peers"]) == (
        1,
        1,
        5,
        9,
    )
    assert client.get(volume["torrent"]).status_code == 200
    view = SimulatedArchiveView(tmp_path)
    report = view.health()
    assert report is not None
    gone = replace(report.volumes[0], name="withdrawn-0001")
    view.health = lambda: replace(report, volumes=(gone, replace(report.volumes[0], trackers=None)))  # type: ignore[method-assign]
    fewer = TestClient(create_app(view))
    assert [each["name"] for each in fewer.get("/health.json").json()["neediest"]] == [volume["name"]]
    assert "never read" in text_of(fewer, "/health")
    view.health = lambda: None  # type: ignore[method-assign]
    assert "told nothing" in text_of(fewer, "/health")
    assert fewer.get("/health.json").json()["on"] is None


def test_about(client: TestClient) -> None:
    page, found = text_of(client, "/about"), client.get("/about.json").json()
    for source in found["sources"]:
        assert [source[key] for key in source if str(source[key]) not in page and key != "priority"] == []
        assert "settings" not in source
    assert found["frame"]["snapshot"] in page


def test_without_listens_there_is_no_coverage(tmp_path: Path) -> None:
    client = simulated(tmp_path, basis=ListensBasis.NONE)
    assert client.get("/index.json").json()["holds"]["coverage"] is None
    assert "No listens, no coverage" in client.get("/statistics").text


def test_thinning_keeps_the_ends() -> None:
    curve = [CurvePoint(at, at, float(at)) for at in range(1, 10_001)]
    few = thinned(curve)
    assert len(few) == 500
    assert (few[0], few[-1]) == (curve[0], curve[-1])
    assert len(set(few)) == 500
    assert thinned(curve[:7]) == tuple(curve[:7])


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.00 kB"),
        (999_499, "999 kB"),
        (999_500, "1.00 MB"),
        (12_345_678, "12.3 MB"),
        (300 * 10**12, "300 TB"),
    ],
)
def test_sizes(bytes_: int, words: str) -> None:
    assert size(bytes_) == words


def test_words() -> None:
    assert [duration(ms) for ms in (0, 59_499, 59_500, 3_600_000)] == ["0:00", "0:59", "1:00", "1:00:00"]
    assert count(1_234_567.6) == "1,234,568"
    assert percent(99_999, 100_000) == "99.99 %"
    assert percent(1, 1) == "100.00 %"
    assert percent(0, 0) == "0.00 %"
