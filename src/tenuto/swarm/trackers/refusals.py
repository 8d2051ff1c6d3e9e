"""What a tracker did wrong, or refused, as an error of one sentence."""

from typing import Final

from tenuto.formats.paths import printable
from tenuto.model.errors import NetworkError

_LONGEST_REASON: Final = 200


class RefusedError(NetworkError):
    """The tracker answers, and doesn't want to."""


def failed(tracker: str, what: str) -> NetworkError:
    return NetworkError(what, where=tracker, remedy="Try again later, or ask other trackers only")


def refused(tracker: str, reason: bytes) -> RefusedError:
    """In the tracker's own words, cleaned for people's eyes."""
    said = printable(reason[:_LONGEST_REASON].decode(errors="replace"))
    return RefusedError(f"it says: {said}", where=tracker, remedy="Ask its keeper, or other trackers only")
