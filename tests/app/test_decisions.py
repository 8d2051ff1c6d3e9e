"""The operator's rights policy is in the decision log from the first time that it decides."""

import json
from pathlib import Path

from tests.app.music import make_collection
from tests.app.tenuto_command import TODAY, stages, tenuto


def test_accepting_weak_evidence_is_logged_once_a_change(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    make_collection(tmp_path / "music")
    tenuto(archive, "init", str(archive))
    tenuto(archive, "harvest", "folder", str(tmp_path / "music"), expect=4)
    tenuto(archive, "run", "--date", TODAY, expect=4)
    assert logged(archive) == []
    settings = archive / "tenuto.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text(before + "[rights]\naccept_weak_evidence = true\n", encoding="utf-8")
    tenuto(archive, "publish", "--dry-run")
    assert logged(archive) == [], "a dry run decides nothing"
    for _ in range(2):
        tenuto(archive, "publish", "--date", TODAY)
    settings.write_text(before, encoding="utf-8")
    tenuto(archive, "publish", "--date", TODAY)
    assert logged(archive) == [
        ("rights.accept_weak_evidence", "set to true", str(settings)),
        ("rights.accept_weak_evidence", "set to false", "default"),
    ]
    assert "rights.accept_weak_evidence set to true" in tenuto(archive, "rights", "log")


def logged(archive: Path) -> list[tuple[str, str, str]]:
    document = json.loads(tenuto(archive, "rights", "log", "--json"))
    assert document["schema"] == "tenuto/decisions/1"
    return [(d["subject"], d["action"], d["reason"]) for d in document["decisions"]]


def test_acquire_fills_the_quarantine_to_its_limit_and_counts_what_is_left(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    make_collection(tmp_path / "music")
    tenuto(archive, "init", str(archive))
    with (archive / "tenuto.toml").open("a", encoding="utf-8") as settings:
        settings.write("[acquire]\nquarantine_limit = '40kB'\n")
    tenuto(archive, "harvest", "folder", str(tmp_path / "music"), expect=4)
    tenuto(archive, "catalogue", "build")
    tenuto(archive, "plan", "--budget", "1MB")
    would = stages(tenuto(archive, "acquire", "--dry-run", "--json"))["acquire"]
    first = stages(tenuto(archive, "acquire", "--json"))["acquire"]
    assert first == would
    again = stages(tenuto(archive, "acquire", "--json"))["acquire"]
    assert (again["done"], again["skipped"]) == (0, first["done"]), "what waits counts"
    assert again["left_for_the_next_time"] == first["planned"] - first["done"] > 0
    assert first["bytes"] <= 40_000
