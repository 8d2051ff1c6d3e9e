"""docs/web.md names every route and every member, and nothing else."""

import re
from pathlib import Path

from starlette.routing import Route
from starlette.testclient import TestClient

from tenuto.model.catalogue import RecordingSummary
from tenuto.testing.archive_view import SimulatedArchiveView
from tenuto.web import create_app
from tests.web.conftest import CLEARED_RANK

PAGE = (Path(__file__).parents[2] / "docs" / "web.md").read_text(encoding="utf-8")


def test_every_route_is_documented(view: SimulatedArchiveView) -> None:
    documented = re.findall(r"^\| `(/[^`]*)` \|", PAGE, re.MULTILINE)
    assert sorted(documented) == sorted(
        route.path for route in create_app(view).routes if isinstance(route, Route)
    )


def test_every_member_is_documented(client: TestClient, summaries: list[RecordingSummary]) -> None:
    documented = {
        schema: {"schema", "frame", *re.findall(r"`(\w+)`", members)}
        for schema, members in re.findall(r"^\| `(tenuto/\w+/\d)` \| (.*) \|$", PAGE, re.MULTILINE)
    }
    paths = [
        "/index",
        f"/recording/{summaries[CLEARED_RANK].id}",
        "/statistics",
        "/statistics/coverage",
        "/plan",
        "/editions",
        "/editions/e0001",
        "/health",
        "/about",
    ]
    found = [client.get(f"{path}.json").json() for path in paths]
    assert documented == {document["schema"]: set(document) for document in found}
