"""Fetchers pass the shipped contract."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tenuto.acquire import FolderFetcher, HttpFetcher, SchemeFetcher
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import SourceName
from tenuto.model.ports import Fetcher
from tenuto.model.source import Access, Location
from tenuto.testing.fetcher import CONTENT, FetcherContract


class TestFolderFetcher(FetcherContract):
    @pytest.fixture
    def fetcher(self, tmp_path: Path) -> Fetcher:
        (tmp_path / "music").mkdir()
        (tmp_path / "music" / "a b.ogg").write_bytes(CONTENT)
        folder = FolderFetcher({SourceName("mine"): tmp_path / "music"})
        return SchemeFetcher({"folder": folder})

    @pytest.fixture
    def there(self) -> Location:
        return Location("folder:mine/a%20b.ogg", Access.HELD)

    @pytest.fixture
    def gone(self) -> Location:
        return Location("folder:mine/none.ogg", Access.HELD)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  http.server's own name
        """Says nothing."""


class TestHttpFetcher(FetcherContract):
    """Against a server that knows neither ranges nor ETags."""

    @pytest.fixture
    def address(self, tmp_path: Path) -> Iterator[str]:
        (tmp_path / "served").mkdir()
        (tmp_path / "served" / "a.ogg").write_bytes(CONTENT)
        handler = partial(_Quiet, directory=str(tmp_path / "served"))
        with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()

    @pytest.fixture
    def fetcher(self) -> Iterator[Fetcher]:
        fetcher = HttpFetcher("mailto:test@example.org", user_agent="tenuto-test")
        yield fetcher
        fetcher.close()

    @pytest.fixture
    def there(self, address: str) -> Location:
        return Location(f"{address}/a.ogg", Access.REMOTE)

    @pytest.fixture
    def gone(self, address: str) -> Location:
        return Location(f"{address}/none.ogg", Access.REMOTE)


def test_a_folder_that_is_not_mounted_fails_its_items_only(tmp_path: Path) -> None:
    fetcher = FolderFetcher({SourceName("mine"): tmp_path / "away"})
    with pytest.raises(NotFoundError, match="Is its disk mounted"):
        fetcher.fetch(Location("folder:mine/a.ogg", Access.HELD), tmp_path / "a")
