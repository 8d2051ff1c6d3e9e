"""What a server answered, kept on disk one file a question, so that a run that was cut asks nothing twice."""

import gzip
import hashlib
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from tenuto.fsync import atomic_write_bytes
from tenuto.model.errors import BadInputError, NetworkError, NotFoundError, TenutoError
from tenuto.sources.http import Check, LeaveAloneError, PoliteClient

T = TypeVar("T")

_FINISHED: Final = "finished"
_IN_A_ROW: Final = 3
"""So many questions in a row without an answer are the server's fault, not the questions'."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body`, or why there is none and won't be."""

    body: bytes = b""
    fault: str = ""


class Answers:
    """The answers to one harvest's questions, in a folder of their own under `folder`.

    `settings` names what is asked for: other settings, other answers. A question is a URL without secrets;
    its answer stands under the SHA-256 of that. Once all are there they are finished, and nothing is asked.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self._folder = folder / hashlib.sha256(settings.encode()).hexdigest()[:16]

    @property
    def version(self) -> str:
        """What `finish` was told; empty until all answers are there."""
        path = self._folder / _FINISHED
        return path.read_text("ascii") if path.exists() else ""

    def finish(self, version: str) -> None:
        """All answers are there. What other settings left is dropped."""
        atomic_write_bytes(self._folder / _FINISHED, version.encode())
        for other in self._folder.parent.iterdir():
            if other != self._folder:
                shutil.rmtree(other)

    def forget(self) -> None:
        """All of them, so that everything is asked anew."""
        if self._folder.exists():
            forgotten = self._folder.with_suffix(".old")
            shutil.rmtree(forgotten, ignore_errors=True)
            # In one step: half of them must not look like the answers of a run that was cut.
            self._folder.rename(forgotten)
            shutil.rmtree(forgotten)

    def keep(self, url: str, answer: Answer) -> None:
        """Durable when this returns."""
        text = answer.fault.encode() + b"\n" + answer.body
        atomic_write_bytes(self._path(url), gzip.compress(text, compresslevel=6, mtime=0))

    def kept(self, url: str) -> Answer | None:
        """None where it isn't there, or the disk has damaged it."""
        try:
            fault, whole, body = gzip.decompress(self._path(url).read_bytes()).partition(b"\n")
        except (FileNotFoundError, gzip.BadGzipFile, EOFError, zlib.error):
            return None
        return Answer(body, fault.decode()) if whole else None

    def _path(self, url: str) -> Path:
        digest = hashlib.sha256(url.encode()).hexdigest()
        return self._folder / digest[:2] / f"{digest}.gz"


class Conversation:
    """Questions in their order, answered from the disk or else by the server.

    Without a client nothing is asked: an answer that isn't on the disk is a `NotFoundError`.
    """

    def __init__(self, answers: Answers, client: PoliteClient | None = None) -> None:
        self._answers, self._client = answers, client

    def get(self, url: str, check: Check) -> bytes:
        """The answer to a question that must have one. Raises what `PoliteClient.get` raises."""
        answer = self._answers.kept(url)
        if answer is None:
            answer = Answer(self._ask(url, check))
            self._answers.keep(url, answer)
        return answer.body

    def each(self, questions: Iterable[tuple[T, str]], check: Check) -> Iterator[tuple[T, Answer]]:
        """The answers to (subject, URL) in their order; one that can't be had is a fault, not an error.

        A question that gets no answer although the next one does is bad by itself. Three in a row, or the
        last one, mean that the server is down: `NetworkError`.
        """
        waiting: list[tuple[T, str, NetworkError]] = []
        for subject, url in questions:
            try:
                answer = self._answer(url, check)
            except LeaveAloneError:
                raise
            except NetworkError as error:
                waiting.append((subject, url, error))
                if len(waiting) == _IN_A_ROW:
                    raise
                continue
            for other, bad, failure in waiting:
                refusal = _refusal(failure)
                self._answers.keep(bad, refusal)
                yield other, refusal
            waiting.clear()
            yield subject, answer
        if waiting:
            raise waiting[-1][2]

    def _answer(self, url: str, check: Check) -> Answer:
        answer = self._answers.kept(url)
        if answer is None:
            try:
                answer = Answer(self._ask(url, check))
            except (NotFoundError, BadInputError) as error:
                if self._client is None:
                    raise
                answer = _refusal(error)
            self._answers.keep(url, answer)
        return answer

    def _ask(self, url: str, check: Check) -> bytes:
        if self._client is None:
            raise NotFoundError(
                "an answer is missing from the cache", where=url, remedy="Harvest again with --force"
            )
        return self._client.get(url, check)


def _refusal(error: TenutoError) -> Answer:
    """On one line."""
    return Answer(fault=" ".join(error.what.split()))
