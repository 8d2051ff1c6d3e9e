"""`tenuto duplicates` on real files that went through the whole journey."""

import json
import subprocess
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from tests.app.tenuto_command import TODAY, tenuto
from tests.audio.chords import music, wav


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One piece as WAV, as FLAC with two sets of tags, and as MP3; another piece once."""
    root = tmp_path_factory.mktemp("duplicates")
    folder = root / "music"
    folder.mkdir()
    source = wav(folder / "original.wav", music(30))
    for name in ("flac.flac", "mp3.mp3"):
        subprocess.run(
            ["ffmpeg", "-v", "error", "-i", source, "-map_metadata", "-1", folder / name], check=True
        )
    tagged = folder / "tagged.flac"
    tagged.write_bytes((folder / "flac.flac").read_bytes())
    tags = FLAC(tagged)  # type: ignore[no-untyped-call]  # mutagen has no types
    tags["title"] = ["Another title"]
    tags.save()
    wav(folder / "other.wav", music(30, seed=2))
    (folder / "rights.toml").write_text('version = 1\nstatement = "CC0-1.0"\n', encoding="utf-8")
    tenuto(root / "archive", "init", str(root / "archive"))
    tenuto(root / "archive", "harvest", "folder", str(folder), "--progress", "off")
    tenuto(root / "archive", "run", "--budget", "1GB", "--date", TODAY, "--progress", "off")
    tenuto(root / "archive", "duplicates", "find", "--progress", "off")
    return root / "archive"


def pairs(archive: Path, *words: str) -> list[dict[str, object]]:
    return [
        json.loads(line) for line in tenuto(archive, "duplicates", "list", "--jsonl", *words).splitlines()
    ]


def test_each_reason(archive: Path) -> None:
    found = pairs(archive)
    ties = sorted(str(pair["tie"]) for pair in found)
    assert ties.count("likeness") >= 2, "the MP3 with the WAV and the FLAC"
    assert {"essence", "samples"} <= set(ties)
    assert all(pair["error"] < 0.05 for pair in found if pair["tie"] == "likeness")  # type: ignore[operator]  # JSON
    assert pairs(archive, "--doubtful") == []


def test_in_words(archive: Path) -> None:
    lines = tenuto(archive, "duplicates", "list").splitlines()
    assert any(line.endswith("essence") for line in lines)
    assert any("of bits differ, +0.0 s" in line for line in lines)


def test_finding_again_changes_nothing(archive: Path) -> None:
    folder = archive / "duplicates"
    before = sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file())
    found = json.loads(tenuto(archive, "duplicates", "find", "--progress", "off", "--json"))
    assert (found["objects"], found["clusters"], found["members"]) == (5, 1, 4)
    assert sorted((path, path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()) == before


def test_one_recording_s_pairs_and_the_keys_to_join(archive: Path) -> None:
    one = str(pairs(archive)[0]["one"])
    assert {pair["one"] for pair in pairs(archive, one)} == {one}
    links = json.loads(tenuto(archive, "catalogue", "link", "show", one, "--json"))["links"]
    proposed = [link for link in links if link["method"] == "audio"]
    assert len(proposed) == len(pairs(archive, one))
    assert not any(link["merged"] for link in proposed)
    assert all(json.loads(link["evidence"])["tie"] in {"essence", "samples", "likeness"} for link in proposed)


def test_the_plan_wants_one_copy_of_each(archive: Path) -> None:
    (stage,) = json.loads(tenuto(archive, "plan", "--budget", "1GB", "--progress", "off", "--json"))["stages"]
    assert stage["recordings_by_tier"]["metadata"] == 3, "of the cluster's four"
    assert stage["files"] == 2


def test_joining_makes_one_recording_of_two(archive: Path) -> None:
    """By the keys that the proposed link names; the duplicate is then none any more."""
    essence = next(pair for pair in pairs(archive) if pair["tie"] == "essence")
    links = json.loads(tenuto(archive, "catalogue", "link", "show", str(essence["one"]), "--json"))["links"]
    (link,) = (each for each in links if '"essence"' in each["evidence"])
    keys = (f"{link['source']}:{link['key']}", f"{link['other_source']}:{link['other_key']}")
    tenuto(archive, "catalogue", "link", "join", *keys, "--reason", "the same audio")
    tenuto(archive, "catalogue", "build", "--progress", "off")
    shown = [
        json.loads(tenuto(archive, "catalogue", "show", str(essence[side]), "--json"))
        for side in ("one", "other")
    ]
    assert shown[0] == shown[1]
