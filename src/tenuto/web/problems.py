"""Errors for readers: a page, or problem details (RFC 9457) where the address ends in `.json`."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

_DETAILS: Final = {
    HTTPStatus.NOT_FOUND: "There is nothing at this address. The search finds titles, artists and releases.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address answers GET and HEAD only.",
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "The archive could not read what this page needs. Its keeper finds more in the log."
    ),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457's members, `type` being `about:blank`, and `reason` for machines where there is one."""

    title: str
    status: int
    detail: str
    reason: str = ""
    type: str = field(default="about:blank")


class ProblemError(Exception):
    """Ends the request with a problem. Only for the visitor's side: what to do stands in `detail`."""

    def __init__(self, status: HTTPStatus, detail: str, *, reason: str = "") -> None:
        super().__init__(detail)
        self.problem = Problem(status.phrase, status.value, detail, reason)


def of_status(status: HTTPStatus) -> Problem:
    """A problem that has no more to say than its status."""
    return Problem(status.phrase, status.value, _DETAILS.get(status, status.description))


def not_found(detail: str) -> ProblemError:
    """404."""
    return ProblemError(HTTPStatus.NOT_FOUND, detail)


def bad_request(detail: str) -> ProblemError:
    """400."""
    return ProblemError(HTTPStatus.BAD_REQUEST, detail)


def forbidden(detail: str, reason: str) -> ProblemError:
    """403, with the rule that refused."""
    return ProblemError(HTTPStatus.FORBIDDEN, detail, reason=reason)
