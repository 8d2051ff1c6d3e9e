"""Routes, refusals, headers, escaping: what a visitor may and may not reach."""

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tenuto.model.catalogue import ListensBasis, RecordingSummary
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import RecordingId
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.testing.simulated_catalogue import (
    COUNT,
    HOSTILE_RANK,
    MERGED_ID,
    SCRIPT_ADDRESS_RANK,
    SimulatedCatalogue,
)
from tenuto.web import create_app
from tenuto.web.headers import SECURITY_HEADERS
from tenuto.web.render import LICENCE_HOSTS, licence_url
from tests.web.conftest import CLEARED_RANK, DARK_RANK, EMPTY_RANK, simulated

Summaries = list[RecordingSummary]
VOLUME = "/editions/e0002/example-070-100-0001"


def pages(summaries: Summaries) -> list[str]:
    """Every page, with recordings in every state."""
    ranks = (CLEARED_RANK, DARK_RANK, EMPTY_RANK, HOSTILE_RANK, SCRIPT_ADDRESS_RANK)
    fixed = [
        "/",
        "/?q=canon",
        "/?page=3",
        "/statistics",
        "/editions",
        "/editions/e0001",
        "/health",
        "/about",
        "/nothing-here",
    ]
    return fixed + [f"/recording/{summaries[rank].id}" for rank in ranks]


def test_search_pages_by_rank_and_every_page_is_reachable(client: TestClient, summaries: Summaries) -> None:
    seen = [
        line["id"] for page in (1, 2, 3) for line in client.get(f"/index.json?page={page}").json()["results"]
    ]
    assert seen == [summary.id for summary in summaries]
    assert [client.get(f"/index.json?page={page}").json()["more"] for page in (1, 2, 3)] == [
        True,
        True,
        False,
    ]
    assert client.get("/index.json?page=4").json()["results"] == []
    found = client.get("/index.json", params={"q": "  cAn  nort "}).json()
    assert found["query"] == "cAn nort"
    assert all(
        "Canon" in line["title"] and line["artist"] == "Northbound Signal" for line in found["results"]
    )
    assert found["results"]


@pytest.mark.parametrize("query", ["page=0", "page=501", "page=x", "page=-1", "page=1e3", f"q={'a' * 201}"])
def test_senseless_queries_are_refused(client: TestClient, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 400
    problem = client.get(f"/index.json?{query}")
    assert problem.status_code == 400
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 400


def test_merged_ids_move_for_ever_and_identifiers_for_now(client: TestClient, summaries: Summaries) -> None:
    target = f"/recording/{summaries[0].id}"
    for suffix in ("", ".json", "/audio"):
        answer = client.get(f"/recording/{MERGED_ID}{suffix}")
        assert (answer.status_code, answer.headers["location"]) == (301, target + suffix)
    answer = client.get("/recording/XXTEN2600001")
    assert (answer.status_code, answer.headers["location"]) == (302, f"/recording/{summaries[1].id}")


@pytest.mark.parametrize(
    "path",
    ["/recording/unknown", "/editions/e9999", "/editions/e0002/other.torrent", "/assets/style.css", "/x"],
)
def test_unknown_addresses_are_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<h1>Not Found</h1>" in answer.text
    problem = client.get("/recording/unknown.json")
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")
    assert problem.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No recording of this archive has this id, ISRC or MBID.",
    }


def test_audio_comes_only_for_cleared_recordings(client: TestClient, view: SimulatedArchiveView) -> None:
    """Invariant 4 at the player: 200 exactly where rights cleared and something is held."""
    for detail in view.catalogue().details:
        rank, address = detail.summary.popularity.rank, f"/recording/{detail.summary.id}"
        page, audio = client.get(address), client.head(f"{address}/audio")
        wanted = 403 if rank % 5 == 0 else 404 if rank % 7 == 0 else 200
        assert audio.status_code == wanted, rank
        assert ("<audio" in page.text) == (wanted == 200), rank
        assert (client.get(f"{address}.json").json()["player"] is not None) == (wanted == 200)


def test_a_dark_page_says_why(client: TestClient, summaries: Summaries) -> None:
    page = client.get(f"/recording/{summaries[DARK_RANK].id}")
    assert page.status_code == 200
    assert "This recording is dark." in page.text
    assert "weak-evidence" in page.text
    refused = client.get(f"/recording/{summaries[DARK_RANK].id}/audio")
    assert "weak-evidence" in refused.text
    assert "debian/copyright, stanza Files: *" in page.text


def test_no_dark_recording_is_asked_for_its_file(tmp_path: Path) -> None:
    class Watched(SimulatedArchiveView):
        def playable(self, cleared: object) -> Path | None:
            raise AssertionError(cleared)

    view = Watched(tmp_path)
    client = TestClient(create_app(view))
    dark = view.catalogue().details[DARK_RANK].summary.id
    assert client.get(f"/recording/{dark}/audio").status_code == 403
    assert client.get(f"/recording/{dark}").status_code == 200


def test_markup_in_titles_is_text(client: TestClient, summaries: Summaries) -> None:
    for path in ("/", f"/recording/{summaries[HOSTILE_RANK].id}", "/?q=%3Cscript%3Ealert(1)%3C/script%3E"):
        text = client.get(path).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
    assert 'href="javascript:' not in client.get(f"/recording/{summaries[SCRIPT_ADDRESS_RANK].id}").text
    assert client.get("/?q=%22%3E%3Cb%3E").text.count("<b>") == 0


def test_every_answer_carries_the_security_headers(client: TestClient, summaries: Summaries) -> None:
    others = ["/healthz", "/index.json", "/nothing.json", f"{VOLUME}.torrent", f"/recording/{MERGED_ID}"]
    for path in [*pages(summaries), *others]:
        answer = client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, (path, name)
        assert answer.headers["cache-control"] == "no-cache"


def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(
    client: TestClient, summaries: Summaries
) -> None:
    for path in pages(summaries):
        text = client.get(path).text
        addresses = re.findall(r'(?:src|href|action|srcset)="([^"]*)"', text)
        assert addresses
        for address in addresses:
            outside = not address.startswith(("/", "#", "magnet:?"))
            assert not outside or licence_url(address), (path, address)
        assert not re.search(r'\sstyle=|\son\w+="|<style|<script(?! src=)', text), path


def test_assets_are_immutable_and_named_by_content(client: TestClient) -> None:
    links = re.findall(r'(?:src|href)="(/assets/[^"]+)"', client.get("/").text)
    assert len(links) >= 2
    for link in links:
        first = client.get(link)
        assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
        again = client.get(link, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)|@import", first.text)


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        (ListensBasis.SYNTHETIC, "Listens are synthetic, drawn from a seeded law"),
        (ListensBasis.NONE, "No source of this archive counts listens."),
    ],
)
def test_listens_that_nobody_counted_are_announced_on_every_page(
    tmp_path: Path, summaries: Summaries, basis: ListensBasis, words: str
) -> None:
    client = simulated(tmp_path, basis=basis)
    for path in pages(summaries):
        assert words in client.get(path).text, path
    assert client.get("/about.json").json()["frame"]["listens"]["notice"].startswith(words)
    assert f"basis-{basis}" in client.get("/").text


def test_counted_listens_need_no_notice(client: TestClient) -> None:
    assert client.get("/about.json").json()["frame"]["listens"]["notice"] is None
    assert 'class="notice"' not in client.get("/").text


def test_torrents_are_downloads_of_the_views_files(client: TestClient, view: SimulatedArchiveView) -> None:
    for twin, suffix in ((False, ".torrent"), (True, ".v1.torrent")):
        answer = client.get(VOLUME + suffix)
        wanted = view.torrent(view.editions()[0].id, "example-070-100-0001", twin=twin).read_bytes()
        assert answer.content == wanted
        assert answer.headers["content-type"] == "application/x-bittorrent"
        assert answer.headers["content-disposition"].endswith(f'0001{suffix}"')


def test_before_the_first_build_pages_say_so_and_health_is_good(tmp_path: Path) -> None:
    class Empty(SimulatedArchiveView):
        def catalogue(self) -> SimulatedCatalogue:
            raise NotFoundError("no snapshot", where=str(tmp_path))

    client = TestClient(create_app(Empty(tmp_path)))
    assert client.get("/healthz").json() == {"schema": "tenuto/health/1", "status": "ok", "snapshot": None}
    answer = client.get("/")
    assert answer.status_code == 503
    assert "tenuto catalogue build" in answer.text
    assert str(tmp_path) not in answer.text


def test_a_fault_of_ours_names_no_path_and_keeps_the_headers(tmp_path: Path) -> None:
    class Broken(SimulatedArchiveView):
        def held(self) -> int:
            raise OSError(5, "Input/output error", str(tmp_path))

    client = TestClient(create_app(Broken(tmp_path)), raise_server_exceptions=False)
    for path, kind in (("/", "text/html; charset=utf-8"), ("/index.json", "application/problem+json")):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (500, kind)
        assert str(tmp_path) not in answer.text
        assert answer.headers["content-security-policy"] == SECURITY_HEADERS["content-security-policy"]


def test_only_get_and_head(client: TestClient) -> None:
    answer = client.post("/")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    assert client.head("/").status_code == 200


def test_licence_links_stay_with_known_hosts() -> None:
    assert licence_url("https://creativecommons.org/licenses/by/4.0/")
    for text in (
        "javascript:alert(1)",
        "https://creativecommons.org.evil.example/",
        "CC0-1.0",
        "http://[",
        "//spdx.org/",
    ):
        assert licence_url(text) is None
    assert LICENCE_HOSTS


def test_the_simulated_archive_is_what_its_docstring_says(view: SimulatedArchiveView) -> None:
    assert len(view.catalogue().details) == COUNT
    assert view.catalogue().resolve(RecordingId(MERGED_ID)) == view.catalogue().details[0].summary.id


@pytest.mark.parametrize("path", ["/editions/", "/about/", "/recording/x/audio/"])
def test_no_answer_leads_to_the_host_that_the_request_names(client: TestClient, path: str) -> None:
    """A cache could hand such a redirect to other visitors."""
    answer = client.get(path, headers={"host": "evil.example"})
    assert answer.status_code == 404
    assert "evil" not in str(answer.headers) + answer.text


def test_a_search_is_narrowed_and_says_what_it_corrected(client: TestClient) -> None:
    """web.md: every filter is in the query string."""
    found = client.get("/index.json?q=volume&genre=ambient&year=1968-1990").json()
    assert found["narrowed"] == {"year": "1968-1990", "genre": "ambient"}
    assert found["results"]
    assert all(1968 <= line["year"] <= 1990 for line in found["results"])
    page = client.get("/?q=teh&genre=ambient").text
    assert "in place of" in page
    assert 'value="ambient"' in page
    assert client.get("/?year=19x7").status_code == 400
