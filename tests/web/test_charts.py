"""Charts are well-formed XML for any figures, and escape any label."""

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from tenuto.model.plan import CurvePoint
from tenuto.web.charts import Column, Mark, columns, coverage, curve, rows, waveform
from tenuto.web.charts.svg import round_ticks

LABELS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=120)


def parsed(markup: Markup) -> ET.Element:
    return ET.fromstring(f"<x>{markup}</x>")


@given(st.lists(st.tuples(LABELS, st.integers(0, 10**12)), min_size=1, max_size=30))
def test_bars(pairs: list[tuple[str, int]]) -> None:
    bars = [Column(label, label[:5], value, (0, value * 2) if value % 2 else None) for label, value in pairs]
    drawn = parsed(columns("a", "A", "b", bars))
    assert len(drawn.findall(".//rect")) == 2 * len(pairs)
    assert len(drawn.findall(".//path")) == 2 * sum(value % 2 for _, value in pairs)
    assert len(parsed(rows("a", "A", pairs)).findall(".//rect[@class='bar']")) == 2 * min(10, len(pairs))


def test_licences_are_told_apart_by_the_end_of_their_addresses() -> None:
    kinds = [f"http://creativecommons.org/licenses/by-nc-{kind}/3.0/" for kind in ("nd", "sa")]
    texts = [each.text for each in parsed(rows("a", "A", [(kind, 1) for kind in kinds])).iter("text")]
    drawn = [text for text in texts if text and "by-nc-" in text]
    assert len(drawn) == 4
    assert all(text.endswith(("nd/3.0/", "sa/3.0/")) for text in drawn)


@given(st.lists(st.integers(0, 10**14), min_size=1, max_size=40, unique=True), st.integers(0, 10**14))
def test_coverage_stays_in_its_frame(sizes: list[int], planned: int) -> None:
    points = [CurvePoint(size, at, float(at + 1)) for at, size in enumerate(sorted(sizes))]
    total = float(len(points))
    plan = Mark("plan", planned, total / 2)
    for svg in parsed(coverage(points, total, plan)).iter("svg"):
        width, height = (float(part) for part in svg.attrib["viewBox"].split()[2:])
        line = svg.find("polyline")
        assert line is not None
        for pair in line.attrib["points"].split():
            x, y = (float(part) for part in pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40, unique=True))
def test_a_curve_stays_in_its_frame(counts: list[int]) -> None:
    points = [(count, float(at + 1)) for at, count in enumerate(sorted(counts))]
    for svg in parsed(curve("a", "A", "b", points, float(len(points)))).iter("svg"):
        width, height = (float(part) for part in svg.attrib["viewBox"].split()[2:])
        line = svg.find("polyline")
        assert line is not None
        for x, y in (map(float, pair.split(",")) for pair in line.attrib["points"].split()):
            assert 0 <= x <= width
            assert 0 <= y <= height


@given(st.lists(st.integers(0, 255), max_size=800))
def test_waveform(peaks: list[int]) -> None:
    parsed(waveform(peaks, '<Study> & "Canon"'))


@given(st.floats(0, 1e15), st.integers(1, 10))
def test_ticks_reach_the_highest(highest: float, about: int) -> None:
    ticks = round_ticks(highest, about)
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(ticks) <= about + 2
