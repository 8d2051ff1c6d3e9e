"""Charts are well-formed XML for any figures, and escape any label."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tenuto.model.catalogue import Bar
from tenuto.model.ids import PlanId, SnapshotId
from tenuto.model.plan import CurvePoint, PlanSummary
from tenuto.web.charts import columns, coverage, rows, waveform, year_columns
from tenuto.web.charts.svg import round_ticks

LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=120)


def parsed(markup: Markup) -> ET.Element:
    return ET.fromstring(f"<x>{markup}</x>")


@given(st.lists(st.tuples(LABELS, st.integers(0, 10**12)), min_size=1, max_size=30))
def test_bars(pairs: list[tuple[str, int]]) -> None:
    assert len(parsed(columns("a", "A", "b", pairs)).findall(".//rect")) == 2 * len(pairs)
    assert len(parsed(rows("a", "A", pairs)).findall(".//rect[@class='bar']")) == 2 * min(10, len(pairs))


@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=40, unique=True), st.integers(0, 10**14))
def test_coverage_stays_in_its_frame(sizes: list[int], planned: int) -> None:
    points = [CurvePoint(size, at, float(at + 1)) for at, size in enumerate(sorted(sizes))]
    total = float(len(points))
    plan = PlanSummary(
        PlanId("p"), SnapshotId("s"), planned, planned, {}, {}, total / 2, total, synthetic=False
    )
    for svg in parsed(coverage(points, total, plan)).iter("svg"):
        width, height = (float(part) for part in svg.attrib["viewBox"].split()[2:])
        line = svg.find("polyline")
        assert line is not None
        for pair in line.attrib["points"].split():
            x, y = (float(part) for part in pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


@given(st.lists(st.integers(0, 255), max_size=800))
def test_waveform(peaks: list[int]) -> None:
    parsed(waveform(peaks, '<Study> & "Canon"'))


def test_many_years_become_decades() -> None:
    bars = [Bar(year, year, 1, 0.0) for year in (1889, 1968, 1969, 2021)]
    titles = [title.text for title in parsed(year_columns(bars)).findall(".//rect/title")]
    assert titles[:4] == ["1880s: 1", "1960s: 2", "2020s: 1", "1880s: 1"]


@given(st.floats(0, 1e15), st.integers(1, 10))
def test_ticks_reach_the_highest(highest: float, about: int) -> None:
    ticks = round_ticks(highest, about)
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(ticks) <= about + 2
