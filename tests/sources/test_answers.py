"""docs/sources/asking.md: what is kept of the answers, and when nothing is asked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenuto.model.errors import NetworkError, NotFoundError
from tenuto.sources.answers import Answer, Answers, Conversation
from tenuto.sources.http import PoliteClient
from tenuto.sources.network import Network, Pace
from tests.sources.replay import Clock, Replay, Reply, served

DOWN = [Reply(status=503)] * 5
"""What one question takes to fail."""


@pytest.fixture
def server() -> Iterator[Replay]:
    with served(Replay(lambda request: Reply(request.path.encode()))) as replay:
        yield replay


def client(server: Replay) -> PoliteClient:
    clock = Clock()
    return PoliteClient(Network("a@example.org"), server.url, pace=Pace(0, 0.0, clock, clock, clock.sleep))


def take(body: bytes) -> None:
    """Any answer is one."""
    del body


def ask(folder: Path, server: Replay | None, names: str, url: str) -> list[tuple[str, Answer]]:
    conversation = Conversation(Answers(folder, "what"), client(server) if server else None)
    return list(conversation.each(((name, f"{url}/{name}") for name in names), take))


def test_nothing_is_asked_twice(server: Replay, tmp_path: Path) -> None:
    """asking.md, clause 8."""
    server.troubles = [Reply(b"a"), Reply(b"b"), *DOWN * 3]
    with pytest.raises(NetworkError, match="503"):
        ask(tmp_path, server, "abcde", server.url)
    server.requests.clear()
    found = ask(tmp_path, server, "abcde", server.url)
    assert server.paths == ["/c", "/d", "/e"]
    assert [(name, answer.body) for name, answer in found[:3]] == [("a", b"a"), ("b", b"b"), ("c", b"/c")]
    server.requests.clear()
    assert ask(tmp_path, None, "abcde", server.url) == found
    assert not server.requests


def test_a_bad_question_is_a_fault_when_others_are_answered(server: Replay, tmp_path: Path) -> None:
    """asking.md, clause 9."""
    server.troubles = [Reply(b"a"), *DOWN, *DOWN, Reply(b"d"), Reply(status=404)]
    found = ask(tmp_path, server, "abcde", server.url)
    faults = {name: answer.fault for name, answer in found}
    down = "the server answered 503"
    assert faults == {"a": "", "b": down, "c": down, "d": "", "e": "the server answered 404"}
    assert ask(tmp_path, None, "abcde", server.url) == found


def test_a_server_that_wants_quiet_is_asked_nothing_more(server: Replay, tmp_path: Path) -> None:
    """asking.md, clauses 3 and 9."""
    server.troubles = [Reply(b"a"), Reply(status=503, headers={"Retry-After": "301"})]
    with pytest.raises(NetworkError, match="301 s of quiet"):
        ask(tmp_path, server, "abcde", server.url)
    assert server.paths == ["/a", "/b"]


@pytest.mark.parametrize("down", [1, 2])
def test_a_server_that_is_down_at_the_end_is_no_fault(server: Replay, tmp_path: Path, down: int) -> None:
    """asking.md, clause 9."""
    server.troubles = [Reply(b"a"), *DOWN * down]
    with pytest.raises(NetworkError, match="503"):
        ask(tmp_path, server, "abc"[: down + 1], server.url)


def test_finished_answers_are_all_there_is(server: Replay, tmp_path: Path) -> None:
    """asking.md, clauses 10 and 11."""
    old = Answers(tmp_path, "other words")
    old.keep("x", Answer(b"x"))
    ask(tmp_path, server, "ab", server.url)
    answers = Answers(tmp_path, "what")
    assert answers.version == ""
    answers.finish("v1")
    assert Answers(tmp_path, "what").version == "v1"
    assert old.kept("x") is None
    with pytest.raises(NotFoundError, match="--force"):
        ask(tmp_path, None, "abc", server.url)
    answers.forget()
    assert answers.version == ""
    assert answers.kept(f"{server.url}/a") is None
    answers.forget()


def test_a_damaged_answer_is_asked_for_again(server: Replay, tmp_path: Path) -> None:
    """asking.md, clause 8."""
    before = ask(tmp_path, server, "ab", server.url)
    for path, damage in zip(sorted(tmp_path.rglob("*.gz")), (b"", b"\x1f\x8b\x08\x00rot"), strict=True):
        path.write_bytes(damage)
    assert ask(tmp_path, server, "ab", server.url) == before
