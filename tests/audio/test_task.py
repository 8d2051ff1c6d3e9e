"""The unit of work of a worker process."""

import pickle
from hashlib import sha256
from pathlib import Path

from tenuto.audio import AccessSpec, TagSet, Task, process
from tenuto.model.audio import Integrity
from tests.audio.tones import tone


def test_an_original_is_hashed_as_it_is(tmp_path: Path) -> None:
    path = tone(tmp_path / "a.flac")
    before = path.read_bytes()
    result = process(pickle.loads(pickle.dumps(Task("key", path, None, tmp_path))))
    assert path.read_bytes() == before, "no source file is altered"
    assert result.path == path
    assert result.digests is not None
    assert result.digests.sha256 == sha256(before).hexdigest()
    assert pickle.loads(pickle.dumps(result)) == result


def test_an_access_copy_is_what_gets_hashed(tmp_path: Path) -> None:
    task = Task("key", tone(tmp_path / "a.flac"), AccessSpec(TagSet("T", "A")), tmp_path)
    result, again = process(task), process(task)
    assert result.path is not None
    assert again.path not in {None, result.path}, "two tries at the same time don't meet"
    assert again.digests == result.digests
    assert result.digests is not None
    assert result.digests.sha256 == sha256(result.path.read_bytes()).hexdigest()
    assert (result.media_type, result.extension) == ("audio/ogg; codecs=opus", "opus")
    assert result.characterisation.codec == "flac", "the description is the source's"


def test_nothing_is_stored_of_what_can_t_be_played(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.touch()
    for access in (None, AccessSpec(TagSet("T", "A"))):
        result = process(Task("key", path, access, tmp_path))
        assert result.characterisation.integrity is Integrity.UNPLAYABLE
        assert (result.path, result.digests) == (None, None)
