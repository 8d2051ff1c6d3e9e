"""Routes. Each page is one document, answered as HTML or, with `.json`, as JSON."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tenuto.model.errors import NotFoundError
from tenuto.model.ids import EditionId, RecordingId
from tenuto.model.ports import ArchiveView
from tenuto.model.rights import Refusal
from tenuto.web import documents
from tenuto.web.assets import load
from tenuto.web.csv import csv_response
from tenuto.web.files import file_response
from tenuto.web.headers import SECURITY_HEADERS, SecurityHeaders
from tenuto.web.problems import Problem, ProblemError, forbidden, not_found, of_status
from tenuto.web.ranges import unchanged
from tenuto.web.render import Renderer, json_problem, json_response

Endpoint = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Page:
    """A page and its JSON twin."""

    path: str
    json_path: str
    template: str
    document: Callable[[ArchiveView, Request], object]


def _index(view: ArchiveView, request: Request) -> documents.IndexDocument:
    return documents.index(view, request.query_params)


PAGES = (
    Page("/", "/index.json", "index.html", _index),
    Page("/statistics", "/statistics.json", "statistics.html", lambda view, _: documents.statistics(view)),
    Page(
        "/plan",
        "/plan.json",
        "plan.html",
        lambda view, request: documents.plan(view, request.query_params.get("budget", "")),
    ),
    Page("/editions", "/editions.json", "editions.html", lambda view, _: documents.editions(view)),
    Page(
        "/editions/{edition}",
        "/editions/{edition}.json",
        "edition.html",
        lambda view, request: documents.edition(view, request.path_params["edition"]),
    ),
    Page("/health", "/health.json", "health.html", lambda view, _: documents.health(view)),
    Page("/about", "/about.json", "about.html", lambda view, _: documents.about(view)),
)


def create_app(view: ArchiveView) -> Starlette:
    """The explorer of one archive. `view` is called from several threads at once."""
    return Explorer(view).app()


class Explorer:
    """The endpoints over one view. They are plain functions: Starlette runs them in worker threads."""

    def __init__(self, view: ArchiveView) -> None:
        self._view = view
        self._assets = load()
        self._by_address = {asset.address: asset for asset in self._assets.values()}
        self._renderer = Renderer(self._assets)

    def app(self) -> Starlette:
        routes = [
            Route("/healthz", self.health),
            Route("/assets/{name}", self.asset),
            Route("/recording/{identifier}/audio", self.audio),
            Route("/recording/{identifier}/spectrogram.png", self.spectrogram),
            Route("/recording/{identifier}.json", self.recording_json),
            Route("/recording/{identifier}", self.recording),
            Route("/statistics/{chart}.json", self.chart_json),
            Route("/statistics/{chart}.csv", self.chart_csv),
            Route("/editions/{edition}/{volume}.v1.torrent", self.twin),
            Route("/editions/{edition}/{volume}.torrent", self.hybrid),
        ]
        for page in PAGES:
            routes += [Route(page.json_path, self._as_json(page)), Route(page.path, self._as_page(page))]
        app = Starlette(
            routes=routes,
            middleware=[Middleware(SecurityHeaders)],
            exception_handlers={
                ProblemError: self._problem,
                HTTPException: self._http_error,
                Exception: self._fault,
            },
        )
        # Starlette's redirect to the address with or without a slash repeats the request's Host header.
        app.router.redirect_slashes = False
        return app

    def health(self, _: Request) -> Response:
        """200 as soon as requests are answered; says whether there is a catalogue."""
        try:
            snapshot = self._view.catalogue().summary().id
        except NotFoundError:
            snapshot = None
        return json_response({"schema": "tenuto/health/1", "status": "ok", "snapshot": snapshot})

    def asset(self, request: Request) -> Response:
        """A file of the package; its address changes with its content."""
        asset = self._by_address.get(request.url.path)
        if asset is None:
            raise not_found("There is no such file here. Reload the page that named it.")
        etag = f'"{asset.digest}"'
        headers = {"etag": etag, "cache-control": "public, max-age=31536000, immutable"}
        if unchanged(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    def recording(self, request: Request) -> Response:
        return self._recording(request, "")

    def recording_json(self, request: Request) -> Response:
        return self._recording(request, ".json")

    def audio(self, request: Request) -> Response:
        """The audio of a cleared recording. What isn't cleared has no file here (invariant 4)."""
        identifier, permanent = documents.surviving(self._view, request.path_params["identifier"])
        if identifier != request.path_params["identifier"]:
            return _moved(f"/recording/{identifier}/audio", permanent=permanent)
        decision = self._view.decision(self._view.catalogue().show(identifier))
        if isinstance(decision, Refusal):
            raise forbidden(f"This recording is dark: {decision.detail}.", decision.reason.value)
        path, held = self._view.playable(decision), self._view.holding(identifier)
        if held is None:
            raise not_found("The archive holds no audio of this recording yet.")
        if path is None:
            raise not_found("The archive holds this recording in a bucket, which the player can't read.")
        holding, digests, _ = held
        return file_response(
            request,
            path,
            tag=digests.sha256,
            length=digests.length,
            media_type=holding.media_type,
            headers={},
        )

    def spectrogram(self, request: Request) -> Response:
        """A picture of held audio, cleared or not: nothing can be heard from it."""
        held = self._view.holding(RecordingId(request.path_params["identifier"]))
        if held is None or not held[2].spectrogram:
            raise not_found("The archive has no spectrogram of this recording.")
        etag = f'"{hashlib.sha256(held[2].spectrogram).hexdigest()}"'
        headers = {"etag": etag, "cache-control": "no-cache"}
        if unchanged(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return Response(held[2].spectrogram, headers=headers, media_type="image/png")

    def chart_json(self, request: Request) -> Response:
        return json_response(documents.chart(self._view, request.path_params["chart"]))

    def chart_csv(self, request: Request) -> Response:
        return csv_response(documents.chart(self._view, request.path_params["chart"]))

    def hybrid(self, request: Request) -> Response:
        return self._torrent(request, twin=False)

    def twin(self, request: Request) -> Response:
        return self._torrent(request, twin=True)

    def _torrent(self, request: Request, *, twin: bool) -> Response:
        edition, volume = EditionId(request.path_params["edition"]), request.path_params["volume"]
        if not documents.has_volume(self._view, edition, volume):
            raise not_found("This archive has published no such volume.")
        path = self._view.torrent(edition, volume, twin=twin)
        name = f"{volume}.v1.torrent" if twin else f"{volume}.torrent"
        return file_response(
            request,
            path,
            tag=_sha256(path),
            length=path.stat().st_size,
            media_type="application/x-bittorrent",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    def _recording(self, request: Request, suffix: str) -> Response:
        asked = request.path_params["identifier"]
        identifier, permanent = documents.surviving(self._view, asked)
        if identifier != asked:
            return _moved(f"/recording/{identifier}{suffix}", permanent=permanent)
        document = documents.recording(self._view, identifier)
        if suffix:
            return json_response(document)
        address = f"/recording/{identifier}.json"
        return self._renderer.page("recording.html", document, json_address=address)

    def _as_json(self, page: Page) -> Endpoint:
        def endpoint(request: Request) -> Response:
            return json_response(page.document(self._view, request))

        return endpoint

    def _as_page(self, page: Page) -> Endpoint:
        def endpoint(request: Request) -> Response:
            document = page.document(self._view, request)
            address = page.json_path.format(**request.path_params)
            query = f"?{request.url.query}" if request.url.query else ""
            return self._renderer.page(page.template, document, json_address=address + query)

        return endpoint

    def _problem(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, ProblemError)
        return self._answer(request, error.problem)

    def _http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        answer = self._answer(request, of_status(status))
        answer.headers.update(error.headers or {})
        return answer

    def _fault(self, request: Request, error: Exception) -> Response:
        """Our own fault. Where and what stay in the log: they may name the operator's paths.

        Starlette answers this outside all middleware, and raises `error` again for the server's log.
        """
        del error
        answer = self._answer(request, of_status(HTTPStatus.INTERNAL_SERVER_ERROR))
        answer.headers.update(SECURITY_HEADERS | {"cache-control": "no-store"})
        return answer

    def _answer(self, request: Request, problem: Problem) -> Response:
        if request.url.path.endswith(".json"):
            return json_problem(problem)
        try:
            known = documents.frame(self._view)
        except Exception:  # noqa: BLE001 an error page must not fail for want of its header
            known = None
        return self._renderer.problem(problem, known)


def _moved(address: str, *, permanent: bool) -> Response:
    return RedirectResponse(address, status_code=301 if permanent else 302)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
