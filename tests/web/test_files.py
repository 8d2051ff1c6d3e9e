"""The audio route over HTTP: ranges, conditions, HEAD (RFC 9110)."""

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tenuto.model.catalogue import RecordingSummary
from tenuto.model.rights import Cleared
from tenuto.testing.archive_view import SimulatedArchiveView
from tests.web.conftest import CLEARED_RANK


@pytest.fixture
def address(summaries: list[RecordingSummary]) -> str:
    return f"/recording/{summaries[CLEARED_RANK].id}/audio"


@pytest.fixture
def content(view: SimulatedArchiveView) -> bytes:
    decision = view.decision(view.catalogue().details[CLEARED_RANK])
    assert isinstance(decision, Cleared)
    path = view.playable(decision)
    assert path is not None
    return path.read_bytes()


def test_the_whole(client: TestClient, address: str, content: bytes) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["etag"] == f'"{hashlib.sha256(content).hexdigest()}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.headers["cache-control"] == "no-cache"


def test_head_is_get_without_the_bytes(client: TestClient, address: str, content: bytes) -> None:
    answer = client.head(address, headers={"range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["content-length"]) == len(content)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 30_000), st.integers(0, 30_000))
def test_ranges_are_slices(client: TestClient, address: str, content: bytes, first: int, more: int) -> None:
    answer = client.get(address, headers={"range": f"bytes={first}-{first + more}"})
    wanted = content[first : first + more + 1]
    if wanted:
        last = first + len(wanted) - 1
        assert (answer.status_code, answer.content) == (206, wanted)
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(content)}"
        assert int(answer.headers["content-length"]) == len(wanted)
    else:
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{len(content)}"


def test_a_client_joins_ranges_to_the_whole(client: TestClient, address: str, content: bytes) -> None:
    middle = len(content) // 2
    parts = [
        client.get(address, headers={"range": text}) for text in (f"bytes=0-{middle}", f"bytes={middle + 1}-")
    ]
    assert b"".join(part.content for part in parts) == content
    assert client.get(address, headers={"range": "bytes=-7"}).content == content[-7:]


def test_several_ranges_get_the_whole(client: TestClient, address: str, content: bytes) -> None:
    answer = client.get(address, headers={"range": "bytes=0-1,5-6"})
    assert (answer.status_code, answer.content) == (200, content)


def test_conditions(client: TestClient, address: str, content: bytes) -> None:
    etag = client.head(address).headers["etag"]
    fresh = client.get(address, headers={"range": "bytes=0-3", "if-range": etag})
    assert (fresh.status_code, fresh.content) == (206, content[:4])
    stale = client.get(address, headers={"range": "bytes=0-3", "if-range": '"other"'})
    assert (stale.status_code, stale.content) == (200, content)
    known = client.get(address, headers={"if-none-match": etag, "range": "bytes=0-3"})
    assert (known.status_code, known.content) == (304, b"")
