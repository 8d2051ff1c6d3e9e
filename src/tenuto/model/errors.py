"""One error root. An error carries values, says what the reader can do, and maps to an exit code."""

from typing import ClassVar


class TenutoError(Exception):
    """`what` went wrong, `where`, and `remedy`: what the reader can do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text

    def __reduce__(self) -> tuple[object, ...]:
        return _revive, (type(self), self.what, self.where, self.remedy)


def _revive(kind: type[TenutoError], what: str, where: str, remedy: str) -> TenutoError:
    return kind(what, where=where, remedy=remedy)


class UsageError(TenutoError):
    """The command's words are wrong."""

    exit_code = 2


class ConfigurationError(TenutoError):
    """A setting, a mapping file, a key or a named thing is missing or wrong."""

    exit_code = 3


class NotFoundError(TenutoError):
    """What was asked for isn't there."""

    exit_code = 3


class LockedError(TenutoError):
    """Another process writes to the archive."""

    exit_code = 3


class BadInputError(TenutoError):
    """One item's bytes or fields can't be used. Recorded for that item; the run goes on."""

    exit_code = 4


class NetworkError(TenutoError):
    """A server or peer didn't answer as it should. Worth trying again."""

    exit_code = 5


class FixityError(TenutoError):
    """Bytes aren't what their digest says."""

    exit_code = 6


class SpaceError(TenutoError):
    """Disk or budget is too small."""

    exit_code = 7


class RightsError(TenutoError):
    """Refused by rights."""

    exit_code = 8


STOPPING = (ConfigurationError, NetworkError, SpaceError)
"""No item's fault where an item's work raises them: the next item would fare the same."""

PARTIAL_EXIT_CODE = 4
"""The run ended, but items failed."""
