"""The pages in a real Chromium: nothing fails, nothing overflows, everyone can use them, the player plays."""

import io
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

from tenuto.model.catalogue import ListensBasis
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.web import create_app, running
from tests.web.conftest import CLEARED_RANK, DARK_RANK, EMPTY_RANK

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
]
SECONDS = 6

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium (Debian package chromium)"),
]


def opus(seconds: int) -> bytes:
    """A quiet tone as Ogg Opus."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for second in range(seconds):
            wave = (math.sin(math.tau * 220 * at / 48_000) * 8_000 for at in range(48_000))
            frame = av.AudioFrame(format="s16", layout="mono", samples=48_000)
            frame.planes[0].update(array("h", (round(value) for value in wave)).tobytes())
            frame.sample_rate, frame.pts = 48_000, second * 48_000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


@dataclass
class Site:
    """A served archive, and every complaint of the browser about it."""

    url: str
    view: SimulatedArchiveView
    browser: Browser
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def recording(self, rank: int) -> str:
        return f"/recording/{self.view.catalogue().details[rank].summary.id}"

    def open(self, path: str, *, width: int = 1280, scheme: str = "light") -> Page:
        dark = scheme == "dark"
        page = self.browser.new_page(
            viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light"
        )
        page.on("console", lambda said: self.complaints.append(f"{path}: {said.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"{path}: {error}"))
        page.on("requestfailed", self._failed)
        page.on("request", self._asked)
        page.goto(self.url + path, wait_until="load")
        return page

    def _asked(self, request: Request) -> None:
        self.requests.append(request)

    def _failed(self, request: Request) -> None:
        # A media element cancels a download that it has enough of.
        if not (request.url.endswith("/audio") and request.failure == "net::ERR_ABORTED"):
            self.complaints.append(f"{request.url}: {request.failure}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SimulatedArchiveView, str]]:
    folder = tmp_path_factory.mktemp("played")
    view = SimulatedArchiveView(folder, basis=ListensBasis.SYNTHETIC, audio=opus(SECONDS))
    with running(create_app(view)) as url:
        yield view, url


@pytest.fixture
def site(served: tuple[SimulatedArchiveView, str], browser: Browser) -> Iterator[Site]:
    view, url = served
    found = Site(url, view, browser)
    yield found
    assert found.complaints == []
    assert {request.url for request in found.requests if not request.url.startswith(url)} == set()
    for context in browser.contexts:
        context.close()


def until(page: Page, expression: str) -> None:
    """Waits for 10 s at most. (The page's own policy forbids playwright's `wait_for_function`.)"""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def paths(site: Site) -> list[str]:
    ranks = (CLEARED_RANK, DARK_RANK, EMPTY_RANK)
    fixed = [
        "/",
        "/?q=canon",
        "/?q=nothing+of+this+kind",
        "/statistics",
        "/plan",
        "/plan?budget=120MB",
        "/editions",
        "/editions/e0002",
        "/health",
        "/about",
    ]
    return fixed + [site.recording(rank) for rank in ranks]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark"), (360, "light")])
def test_every_page_fits_and_is_accessible(site: Site, width: int, scheme: str) -> None:
    for path in paths(site):
        page = site.open(path, width=width, scheme=scheme)
        if width == 360:
            page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if width != 360:
            found = Axe().run(page).response["violations"]
            bad = [
                (rule["id"], rule["nodes"][0]["html"])
                for rule in found
                if rule["impact"] in {"serious", "critical"}
            ]
            assert bad == [], path
        page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_greatest_rank_has_room(site: Site, width: int) -> None:
    page = site.open("/", width=width)
    page.locator(".list .rank").last.evaluate("cell => cell.textContent = '271,637,883'")
    gaps = page.locator(".list tbody tr").evaluate_all("""rows => rows.map(row => {
        const edges = name => {
            const text = document.createRange();
            text.selectNodeContents(row.querySelector(name));
            return text.getBoundingClientRect();
        };
        return edges(".what").left - edges(".rank").right;
    })""")
    assert len(gaps) > 1
    assert min(gaps) >= 4
    page.close()


def test_search_by_keyboard(site: Site) -> None:
    page = site.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.focus("#q")
    page.keyboard.type("canon")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=canon")
    titles = page.locator(".list .what a").all_inner_texts()
    assert titles
    assert all(title.startswith("Canon") for title in titles)
    page.locator(".list .what a").first.click()
    page.wait_for_url("**/recording/*")
    assert page.locator("h1").inner_text() == titles[0]


def test_the_player_plays_and_the_waveform_seeks(site: Site) -> None:
    page = site.open(site.recording(CLEARED_RANK))
    until(page, "document.querySelector('audio').duration > 0")
    assert page.evaluate("document.querySelector('audio').duration") == pytest.approx(SECONDS, abs=0.1)
    ranged = [r for r in site.requests if r.url.endswith("/audio") and "range" in r.all_headers()]
    assert ranged
    page.evaluate("document.querySelector('audio').play()")
    until(page, "document.querySelector('audio').currentTime > 0.2")
    page.evaluate("document.querySelector('audio').pause()")
    box = page.locator(".waveform svg").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    until(page, "!document.querySelector('audio').seeking")
    assert page.evaluate("document.querySelector('audio').currentTime") == pytest.approx(
        SECONDS / 2, abs=0.15
    )
    until(page, "document.querySelector('#played rect').width.baseVal.value > 0")
    lit = page.evaluate("document.querySelector('#played rect').width.baseVal.value")
    assert lit == pytest.approx(400, abs=20)


def test_pages_read_without_javascript(site: Site) -> None:
    context = site.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + site.recording(CLEARED_RANK))
    assert page.locator("audio[controls]").is_visible()
    assert page.locator(".waveform svg").is_visible()
    assert page.locator(".notice").inner_text().startswith("Listens are synthetic")


def test_the_budget_slider_answers_while_it_is_dragged(site: Site) -> None:
    page = site.open("/plan")
    lead = "document.querySelector('#answer .lead').textContent"
    before, slider = page.evaluate(lead), page.locator("input[type=range]")
    box = slider.bounding_box()
    assert box is not None
    seen: list[str] = []
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in (0.3, 0.6, 0.9):
        page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        until(page, f"{lead} !== {(seen or [before])[-1]!r}")
        seen.append(page.evaluate(lead))
    page.mouse.up()
    assert len({before, *seen}) == 4
    assert "budget=" in page.url
    held = [float(re.findall(r"hold ([\d.]+) %", each)[0]) for each in seen]
    assert held == sorted(held)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_budget_can_be_asked_without_a_script(site: Site, width: int) -> None:
    context = site.browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{site.url}/plan")
    page.fill("input[name=budget]", "100MB")
    page.click("button")
    assert "100 MB hold" in page.inner_text("#answer .lead")
    assert not page.locator("input[type=range]").is_visible()
    page.goto(f"{site.url}/plan?budget=lots")
    assert "is not a size" in page.inner_text("#answer")
