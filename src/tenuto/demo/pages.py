"""Opens each page of the explorer once, over HTTP on loopback, as a visitor would."""

from dataclasses import dataclass

import httpx2
from starlette.applications import Starlette

from tenuto.app.view import View
from tenuto.model.errors import TenutoError
from tenuto.model.rights import Cleared
from tenuto.web import running


@dataclass(frozen=True, slots=True)
class Opened:
    """One page and what came back."""

    path: str
    status: int
    bytes: int


def open_pages(app: Starlette, view: View) -> tuple[Opened, ...]:
    """Raises `TenutoError` for a page that doesn't answer 200 (206 for a range of audio)."""
    with running(app) as base, httpx2.Client(base_url=base) as client:
        return tuple(_open(client, path) for path in _paths(view))


def _paths(view: View) -> list[str]:
    newest = view.editions()[0]
    pages = ["/", "/statistics", "/plan", "/editions", f"/editions/{newest.id}", "/about"]
    found = view.catalogue().find("", limit=50).recordings
    first = next(
        d
        for d in found
        if isinstance(view.decision(view.catalogue().show(d.id)), Cleared) and view.holding(d.id)
    )
    pages.append(f"/recording/{first.id}")
    documents = [f"{page}.json" if page != "/" else "/index.json" for page in pages]
    return [*pages, *documents, f"/recording/{first.id}/audio"]


def _open(client: httpx2.Client, path: str) -> Opened:
    headers = {"Range": "bytes=0-65535"} if path.endswith("/audio") else {}
    answer = client.get(path, headers=headers)
    if answer.status_code != (206 if headers else 200):
        raise TenutoError(
            f"the page answered {answer.status_code}",
            where=path,
            remedy="Look at it with `tenuto serve --archive DIR`",
        )
    return Opened(path, answer.status_code, len(answer.content))
