"""What sources that ask a server have in common: ask once, keep the answers, read the rows out of these."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import ClassVar

import msgspec
import rfc8785

from tenuto.model.ids import SourceName
from tenuto.model.ports import Reporter
from tenuto.model.source import RejectedRow, SourceDescription, SourceRow
from tenuto.sources.answers import Answers, Conversation
from tenuto.sources.http import PoliteClient
from tenuto.sources.quiet import Quiet

Settings = Mapping[str, str | list[str]]


class AskedSource(ABC):
    """`prepare` asks until all is answered, and goes on where a run was cut. `rows` needs no network.

    The digest of the rows is the source's version: answers also hold what changes from hour to hour. Finished
    answers are kept, and the server is asked anew only after `renew`.
    """

    kind: ClassVar[str]
    attribution: ClassVar[str]

    def __init__(
        self,
        name: SourceName,
        cache: Path,
        settings: Settings,
        client: Callable[[], PoliteClient],
        *,
        priority: int,
    ) -> None:
        self.name, self._cache, self._settings, self._priority = name, cache, dict(settings), priority
        self._client = client
        self._answers = Answers(cache / name, rfc8785.dumps(self._settings).decode())

    @abstractmethod
    def _read(self, conversation: Conversation, reporter: Reporter) -> Iterator[SourceRow | RejectedRow]:
        """All questions in their order, and the rows that their answers hold, not numbered yet."""

    def prepare(self, reporter: Reporter) -> None:
        """Asks what hasn't been answered yet. `NetworkError`: run again later, and it goes on there."""
        if self._answers.version:
            return
        digest = hashlib.sha256()
        with closing(self._client()) as client:
            for row in self._read(Conversation(self._answers, client), reporter):
                digest.update(msgspec.json.encode(row))
        self._answers.finish(f"sha256:{digest.hexdigest()}")

    def renew(self) -> None:
        """The next `prepare` asks everything anew."""
        self._answers.forget()

    def describe(self) -> SourceDescription:
        self.prepare(Quiet())
        return SourceDescription(
            self.name,
            self.kind,
            self._priority,
            self._answers.version,
            attribution=self.attribution,
            settings=self._settings | {"cache": str(self._cache.resolve())},
            keys_are_recordings=False,
        )

    def rows(self, reporter: Reporter, *, start: int = 0) -> Iterator[SourceRow | RejectedRow]:
        self.prepare(reporter)
        numbered = enumerate(self._read(Conversation(self._answers), Quiet()))
        return (replace(row, ordinal=ordinal) for ordinal, row in islice(numbered, start, None))
