"""What every `Fetcher` must do.

An adapter's test subclasses `FetcherContract` and gives it three fixtures: `fetcher`, the adapter; `there`, a
location that holds `CONTENT`; `gone`, a location of the same kind that holds nothing.
"""

from pathlib import Path

import pytest

from tenuto.model.errors import NotFoundError
from tenuto.model.ports import Fetcher
from tenuto.model.source import Location

CONTENT = bytes(range(256)) * 1000
"""What stands at the location `there`."""


class FetcherContract:
    """The suite. Each test quotes the sentence of `ports.Fetcher` that it proves."""

    def test_the_bytes_arrive(self, fetcher: Fetcher, there: Location, tmp_path: Path) -> None:
        """Writes the bytes to `destination`; returns its length."""
        destination = tmp_path / "arrived.part"
        assert fetcher.fetch(there, destination) == len(CONTENT)
        assert destination.read_bytes() == CONTENT

    def test_a_partial_file_is_completed(self, fetcher: Fetcher, there: Location, tmp_path: Path) -> None:
        """MUST go on from a partial `destination` where the transport can."""
        destination = tmp_path / "arrived.part"
        destination.write_bytes(CONTENT[:1000])
        assert fetcher.fetch(there, destination) == len(CONTENT)
        assert destination.read_bytes() == CONTENT

    def test_a_strange_partial_file_does_no_harm(
        self, fetcher: Fetcher, there: Location, tmp_path: Path
    ) -> None:
        """Bytes of unknown origin aren't mixed with the location's."""
        destination = tmp_path / "arrived.part"
        destination.write_bytes(b"something else" * 100_000)
        assert fetcher.fetch(there, destination) == len(CONTENT)
        assert destination.read_bytes() == CONTENT

    def test_what_is_gone_is_not_found(self, fetcher: Fetcher, gone: Location, tmp_path: Path) -> None:
        """MUST raise `NotFoundError`."""
        with pytest.raises(NotFoundError):
            fetcher.fetch(gone, tmp_path / "arrived.part")
