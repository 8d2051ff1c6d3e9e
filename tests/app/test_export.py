"""`tenuto export`: verdicts on sources, conflicts, counts and exit codes (docs/export.md)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tenuto.app.archive import init
from tenuto.cli import tenuto
from tenuto.model.errors import NotFoundError, RightsError, TenutoError, UsageError
from tests.catalogue.harvests import built, harvest, isrc, row

LICENCES = {"open": "CC-BY-SA-4.0", "silent": "", "paid": "CC-BY-NC-4.0"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("archive") / "a"
    init(root, None)
    harvests = [
        replace(
            harvest(root / "h", name, [row("1", f"Song {name}", identifiers=(isrc(place),))], place),
            licence=licence,
        )
        for place, (name, licence) in enumerate(LICENCES.items())
    ]
    built(root, harvests)
    return root


def run(archive: Path, *words: str) -> Result:
    found = CliRunner().invoke(tenuto, ["export", *words, "--archive", str(archive), "--progress", "off"])
    if isinstance(found.exception, TenutoError):
        raise found.exception
    return found


def stage(archive: Path, *words: str) -> dict[str, Any]:
    found = run(archive, *words, "--json")
    assert found.exit_code == 0, found.output
    document = json.loads(found.stdout)
    assert document["schema"] == "tenuto/stages/1"
    (only,) = document["stages"]
    assert only["in"] == only["done"] + only["skipped"] + only["failed"]
    return dict(only)


def test_everything_is_exported_and_conflicts_are_told(archive: Path, tmp_path: Path) -> None:
    found = stage(archive, "parquet", str(tmp_path / "out"))
    assert found["tables"]["recordings"] == 3
    assert found["licence"] == "none that fits all sources"
    assert any("open and paid" in conflict for conflict in found["conflicts"])
    assert "open and paid" in (tmp_path / "out" / "SOURCES.md").read_text(encoding="utf-8")


def test_a_public_export_says_of_each_source_why(archive: Path, tmp_path: Path) -> None:
    words = ("jsonl", str(tmp_path / "out"), "--public")
    dry = stage(archive, *words, "--dry-run")
    assert not (tmp_path / "out").exists()
    done = stage(archive, *words)
    assert done["sources"] == {"open": "included", "silent": "no-licence", "paid": "noncommercial"}
    assert done["left_out"] == {"recordings: withheld-source": 2}
    assert done["licence"] == "CC-BY-SA-4.0"
    assert (dry["in"], dry["done"], dry["left_out"]) == (done["in"], done["done"], done["left_out"])
    assert dry["bytes"] == 0 < dry["bytes_at_most"]


def test_licences_that_dont_fit_together_refuse_a_public_export(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENUTO_RIGHTS_ALLOW_NONCOMMERCIAL", "true")
    words = ("csv", str(tmp_path / "out"), "--public", "--table", "recordings")
    assert stage(archive, *words, "--dry-run")["conflicts"]
    with pytest.raises(RightsError, match=r"open and paid.*--without"):
        run(archive, *words)
    assert not (tmp_path / "out").exists()
    done = stage(archive, *words, "--without", "open")
    assert done["sources"]["open"] == "left-out-by-operator"
    assert done["licence"] == "CC-BY-NC-4.0"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("--snapshot", "0" * 16), NotFoundError),
        (("--table", "nothing"), UsageError),
        (("--public", "--without", "nobody"), UsageError),
    ],
)
def test_what_isnt_there_is_said(
    archive: Path, tmp_path: Path, words: Sequence[str], kind: type[TenutoError]
) -> None:
    with pytest.raises(kind):
        run(archive, "sqlite", str(tmp_path / "out"), *words)


def test_leaving_out_goes_with_public(archive: Path, tmp_path: Path) -> None:
    found = run(archive, "sqlite", str(tmp_path / "out"), "--without", "open")
    assert found.exit_code == 2
    assert "--public" in found.output
