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
    return root / "archive"


def test_each_reason(archive: Path) -> None:
    found = json.loads(tenuto(archive, "duplicates", "--json"))
    assert found["schema"] == "tenuto/duplicates/1"
    (cluster,) = found["clusters"]
    assert len(cluster) == 4
    ties = sorted(pair["tie"] for pair in found["pairs"])
    assert ties.count("likeness") >= 3, "the MP3 with each of the others"
    assert {"essence", "samples"} <= set(ties)
    assert all(pair["error"] < 0.05 for pair in found["pairs"] if pair["tie"] == "likeness")


def test_in_words(archive: Path) -> None:
    lines = tenuto(archive, "duplicates").splitlines()
    assert any(line.endswith("essence") for line in lines)
    assert any("of bits differ, +0.0 s" in line for line in lines)
