"""One document, two renderings: a page (Jinja2, everything escaped) or canonical JSON (RFC 8785)."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

import msgspec
import rfc8785
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from tenuto import words
from tenuto.web import charts
from tenuto.web.assets import Asset
from tenuto.web.documents import Frame
from tenuto.web.problems import Problem

LICENCE_HOSTS: Final = frozenset(
    {"creativecommons.org", "rightsstatements.org", "spdx.org", "www.gnu.org", "opensource.org"}
)
"""The only outside addresses that a page links to, and only to read a licence."""


class Renderer:
    """Templates with their filters. Holds no state of a request."""

    def __init__(self, assets: Mapping[str, Asset]) -> None:
        self._templates = Environment(
            loader=PackageLoader("tenuto.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {
            "size": words.size,
            "count": words.count,
            "duration": words.duration,
            "level": words.level,
            "licence_url": licence_url,
            "query": urlencode,
        }
        self._templates.globals |= {
            "asset": {name: asset.address for name, asset in assets.items()},
            "percent": words.percent,
            "charts": charts,
        }

    def page(self, template: str, document: object, *, json_address: str) -> Response:
        """The document as HTML."""
        html = self._templates.get_template(template).render(doc=document, json_address=json_address)
        return Response(html, media_type="text/html")

    def problem(self, problem: Problem, known: Frame | None) -> Response:
        """An error as HTML."""
        html = self._templates.get_template("problem.html").render(problem=problem, frame=known)
        return Response(html, status_code=problem.status, media_type="text/html")


def json_response(document: object) -> Response:
    """The document as JSON."""
    return Response(_canonical(plain(document)), media_type="application/json")


def json_problem(problem: Problem) -> Response:
    """Problem details (RFC 9457)."""
    members = {name: value for name, value in plain(problem).items() if value != ""}
    return Response(_canonical(members), problem.status, media_type="application/problem+json")


def plain(document: object) -> dict[str, object]:
    """The document in JSON's own types."""
    found = msgspec.to_builtins(document, str_keys=True)
    assert isinstance(found, dict)
    return found


def _canonical(members: dict[str, object]) -> bytes:
    return rfc8785.dumps(members)  # type: ignore[arg-type]  # its recursive type isn't public


def licence_url(statement: str) -> str | None:
    """The statement itself, where it is the web address of a well-known licence; else None."""
    try:
        parts = urlsplit(statement)
    except ValueError:
        return None
    known = parts.scheme in {"http", "https"} and parts.netloc.lower() in LICENCE_HOSTS
    return statement if known else None
