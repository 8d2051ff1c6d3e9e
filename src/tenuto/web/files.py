"""Files over HTTP: entity tags, conditions, one range, HEAD; read in blocks, never whole."""

from pathlib import Path
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tenuto.web.ranges import Slice, Unsatisfiable, requested, still_applies, unchanged

_BLOCK: Final = 256 * 1024


class FileSlice(Response):
    """`part` of the file at `path`. The file is closed before the response ends, whatever happens."""

    def __init__(
        self, path: Path, part: Slice, *, status: int, headers: dict[str, str], media_type: str
    ) -> None:
        super().__init__(status_code=status, headers=headers, media_type=media_type)
        self.path, self.part = path, part
        self.headers["content-length"] = str(part.stop - part.start)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 ASGI's signature
        left = 0 if scope["method"] == "HEAD" else self.part.stop - self.part.start
        async with await anyio.open_file(self.path, "rb") as file:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            await file.seek(self.part.start)
            while left and (block := await file.read(min(_BLOCK, left))):
                left -= len(block)
                await send({"type": "http.response.body", "body": block, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def file_response(
    request: Request, path: Path, *, tag: str, length: int, media_type: str, headers: dict[str, str]
) -> Response:
    """The answer to GET or HEAD for a file whose content `tag` names (RFC 9110, section 13.2.2)."""
    etag = f'"{tag}"'
    headers = headers | {"etag": etag, "accept-ranges": "bytes"}
    if unchanged(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    part: Slice | Unsatisfiable | None = None
    if request.method == "GET" and still_applies(request.headers.get("if-range"), etag):
        part = requested(request.headers.get("range"), length)
    if isinstance(part, Unsatisfiable):
        return Response(status_code=416, headers=headers | {"content-range": f"bytes */{length}"})
    if part is None:
        return FileSlice(path, Slice(0, length), status=200, headers=headers, media_type=media_type)
    headers["content-range"] = part.content_range(length)
    return FileSlice(path, part, status=206, headers=headers, media_type=media_type)
