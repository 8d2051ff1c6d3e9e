"""`tenuto catalogue diff|delta|apply|rows` on an archive that has been through the journey."""

import json
from pathlib import Path

from tests.cli.conftest import call


def test_a_mirror_gets_the_catalogue_by_delta(finished: Path, tmp_path: Path) -> None:
    mirror, folder = tmp_path / "mirror", tmp_path / "delta"
    written = json.loads(
        call("catalogue", "delta", "nothing", "current", folder, "--json", archive=finished).stdout
    )
    assert written["stages"][0]["base"] == "nothing"
    call("init", mirror)
    applied = call("catalogue", "apply", folder, "--json", archive=mirror)
    assert applied.exit_code == 0
    for words in (("search", "tone"), ("rows", "music")):
        ours = call("catalogue", *words, archive=mirror).stdout
        assert ours
        assert ours == call("catalogue", *words, archive=finished).stdout


def test_differences_add_up(finished: Path) -> None:
    same = json.loads(call("catalogue", "diff", "current", "current", "--json", archive=finished).stdout)
    assert same["schema"] == "tenuto/diff/1"
    assert same["before"] == same["after"]
    text = call("catalogue", "diff", "current", "current", archive=finished).stdout
    assert f"{same['before']:,} recordings + 0 added + 0 split off - 0 removed - 0 merged" in text


def test_rows_of_a_source(finished: Path) -> None:
    (line,) = call(
        "catalogue", "rows", "music", "--limit", "1", "--jsonl", archive=finished
    ).stdout.splitlines()
    assert json.loads(line)["source"] == "music"
