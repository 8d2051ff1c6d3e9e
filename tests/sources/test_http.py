"""docs/sources/asking.md: how servers are asked."""

import email.utils
import itertools
import logging
from collections.abc import Iterator

import pytest

from tenuto.model.errors import BadInputError, ConfigurationError, NetworkError, NotFoundError, UsageError
from tenuto.sources.http import PoliteClient, TryAgainError, retry_after
from tenuto.sources.network import Network, Pace
from tests.sources.replay import Clock, Replay, Reply, served

OPERATOR = Network("archive@example.org", "Tenuto/test")
SECRET = "5ecre7ab"


def take(body: bytes) -> None:
    """Any answer is one."""
    del body


@pytest.fixture
def server() -> Iterator[Replay]:
    with served(Replay(lambda request: Reply(request.path.encode()))) as replay:
        yield replay


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client(server: Replay, clock: Clock, *, max_bytes: int = 1000, secret: str = "") -> PoliteClient:
    return PoliteClient(
        OPERATOR,
        server.url,
        secret={"key": secret} if secret else None,
        max_bytes=max_bytes,
        pace=Pace(1.0, 0.0, clock, lambda: 0.0, clock.sleep),
    )


def test_the_operator_says_who_asks(server: Replay, clock: Clock) -> None:
    """asking.md, clause 1."""
    assert client(server, clock).get(server.url + "/a", take) == b"/a"
    assert server.requests[0].headers["User-Agent"] == "Tenuto/test (archive@example.org)"


@pytest.mark.parametrize(
    "contact", ["", "me", "a b@example.org", "a@example.org\r\nX: y", "ä@example.org", "http://", "a@b)"]
)
def test_nobody_is_asked_without_a_contact(server: Replay, contact: str) -> None:
    """asking.md, clause 1."""
    with pytest.raises(ConfigurationError, match=r"harvest\.contact"):
        PoliteClient(Network(contact), server.url)


@pytest.mark.parametrize(
    "url", ["ftp://a.example", "a.example", "https://", "https://me:pw@a.example", "https://a:b", ""]
)
def test_servers_have_addresses(url: str) -> None:
    with pytest.raises(UsageError, match="not the address of a server"):
        PoliteClient(OPERATOR, url)


def test_a_secret_goes_over_https(server: Replay) -> None:
    """asking.md, clause 7."""
    with pytest.raises(UsageError, match="for all to read") as failure:
        PoliteClient(OPERATOR, "http://api.example", secret={"key": SECRET})
    assert SECRET not in str(failure.value)
    for url in (server.url, "https://api.example"):
        PoliteClient(OPERATOR, url, secret={"key": SECRET}).close()


def test_requests_to_a_host_keep_their_distance(server: Replay, clock: Clock) -> None:
    """asking.md, clause 2."""
    polite = client(server, clock)
    polite.get(server.url, take)
    clock.time += 0.25
    polite.get(server.url, take)
    clock.time += 5
    polite.get(server.url, take)
    assert clock.slept == [0.75]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(server: Replay, clock: Clock, status: int) -> None:
    """asking.md, clause 3."""
    server.troubles = [Reply(status=status, headers={"Retry-After": "7"}), Reply(status=status)]
    assert client(server, clock).get(server.url + "/a", take) == b"/a"
    assert 7 in clock.slept
    assert len(server.requests) == 3


def test_a_server_that_wants_long_quiet_gets_it(server: Replay, clock: Clock) -> None:
    """asking.md, clause 3."""
    server.troubles = [Reply(status=429, headers={"Retry-After": "3600"})]
    with pytest.raises(NetworkError, match="asks for 3,600 s of quiet"):
        client(server, clock).get(server.url, take)
    assert len(server.requests) == 1


def test_retry_after_is_seconds_or_a_date() -> None:
    """RFC 9110, 10.2.3."""
    assert retry_after("120", 0) == 120
    assert retry_after(email.utils.formatdate(1_000_090, usegmt=True), 1_000_000) == 90
    assert retry_after(email.utils.formatdate(1_000_000, usegmt=True), 1_000_090) == 0
    assert [retry_after(text, 0) for text in ("", "soon", "-3", "\u0663")] == [0, 0, 0, 0]


def test_a_server_that_stays_down_is_a_network_error(server: Replay, clock: Clock) -> None:
    """asking.md, clause 3."""
    server.troubles = [Reply(status=503)] * 5
    with pytest.raises(NetworkError, match="answered 503"):
        client(server, clock).get(server.url, take)
    assert len(server.requests) == 5
    server.url = "http://127.0.0.1:9"
    with pytest.raises(NetworkError, match=r"127\.0\.0\.1:9/x: can't be asked"):
        client(server, clock).get(server.url + "/x", take)


def test_a_cut_answer_is_asked_for_again(server: Replay, clock: Clock) -> None:
    """asking.md, clause 3."""
    server.troubles = [Reply(b"0123456789", cut=4)]
    assert client(server, clock).get(server.url + "/a", take) == b"/a"


def test_an_answer_that_is_none_is_asked_for_again(server: Replay, clock: Clock) -> None:
    """asking.md, clause 3."""

    def picky(body: bytes) -> None:
        if not body.startswith(b"/"):
            raise TryAgainError("not a path", where="here")

    server.troubles = [Reply(b"<html>busy")]
    assert client(server, clock).get(server.url + "/a", picky) == b"/a"


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFoundError), (410, NotFoundError), (403, NetworkError)]
)
def test_a_no_is_not_asked_again(server: Replay, clock: Clock, status: int, kind: type[Exception]) -> None:
    """asking.md, clause 4."""
    server.troubles = [Reply(status=status)]
    with pytest.raises(kind, match=f"answered {status}"):
        client(server, clock).get(server.url, take)
    assert len(server.requests) == 1


def test_an_endless_answer_is_cut_off(server: Replay, clock: Clock) -> None:
    """asking.md, clause 5."""
    server.troubles = [Reply(b"x" * 100_000)]
    with pytest.raises(BadInputError, match="longer than 1,000 bytes"):
        client(server, clock).get(server.url, take)


def test_a_trickling_answer_is_cut_off(server: Replay) -> None:
    """asking.md, clause 5."""
    server.answer = lambda _: Reply(b"x" * 1_000_000)
    minutes = itertools.count(0, 60)
    polite = PoliteClient(OPERATOR, server.url, pace=Pace(0, 0.0, lambda: next(minutes)))
    with pytest.raises(NetworkError, match="no end after 300 s"):
        polite.get(server.url, take)
    assert len(server.requests) == 5


def test_moved_pages_are_followed_a_few_times(server: Replay, clock: Clock) -> None:
    """asking.md, clause 6."""
    moved = Reply(status=301, headers={"Location": "/there"})
    server.troubles = [moved]
    assert client(server, clock).get(server.url + "/here", take) == b"/there"
    server.troubles = [moved] * 6
    with pytest.raises(NetworkError, match="more than 5 redirects"):
        client(server, clock).get(server.url + "/here", take)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://x/"])
def test_redirects_lead_to_http_only(server: Replay, clock: Clock, target: str) -> None:
    """asking.md, clause 6."""
    server.troubles = [Reply(status=302, headers={"Location": target})] * 5
    with pytest.raises(NetworkError, match="isn't safe"):
        client(server, clock).get(server.url, take)


def test_a_secret_goes_to_its_server_and_nowhere_else(
    server: Replay, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """asking.md, clause 7."""
    caplog.set_level(logging.DEBUG)
    server.answer = lambda request: Reply(b"you are " + request.query.get("key", "nobody").encode())
    with served(Replay(lambda request: Reply(str(request.query).encode()))) as elsewhere:
        polite = client(server, clock, secret=SECRET)
        assert polite.get(server.url + "/?page=1", take) == b"you are REDACTED"
        assert server.requests[0].query == {"page": "1", "key": SECRET}
        server.troubles = [Reply(status=302, headers={"Location": f"{elsewhere.url}/?a=b&key={SECRET}"})]
        assert polite.get(server.url, take) == b"{'a': 'b'}"
        server.troubles = [Reply(status=302, headers={"Location": f"{elsewhere.url}/{SECRET}"})]
        with pytest.raises(NetworkError, match="isn't safe"):
            polite.get(server.url, take)
        server.troubles = [Reply(status=500)] * 5
        with pytest.raises(NetworkError) as failure:
            polite.get(server.url, take)
    assert SECRET not in caplog.text
    assert SECRET not in f"{failure.value!s} {failure.value!r}"
