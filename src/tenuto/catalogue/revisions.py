"""How people name snapshots: an id, the beginning of one, `current`, or `current~1` for its parent."""

import re
from pathlib import Path
from typing import Final

from tenuto.catalogue.snapshots import current, load
from tenuto.model.errors import NotFoundError, UsageError
from tenuto.model.ids import SnapshotId

_NAMED: Final = re.compile(r"(?P<name>current|[0-9a-f]{4,16})(~(?P<back>\d{1,4}))?")


def revision(root: Path, text: str) -> SnapshotId:
    """The snapshot that `text` names: `NAME` or `NAME~N`, the Nth before it.

    `UsageError` when `text` has another form or fits several, `NotFoundError` when there is none.
    """
    match = _NAMED.fullmatch(text)
    if match is None:
        remedy = "Give an id, at least 4 digits of one, or `current`; `~1` behind it means its parent"
        raise UsageError("not the name of a snapshot", where=text, remedy=remedy)
    found = _named(root, match["name"])
    for _ in range(int(match["back"] or 0)):
        parent = load(root, found).parent
        if parent is None:
            raise NotFoundError("the snapshot has no such parent", where=text)
        found = parent
    return found


def _named(root: Path, name: str) -> SnapshotId:
    if name == "current":
        found = current(root)
        if found is None:
            remedy = "Build it with: tenuto catalogue build"
            raise NotFoundError("there is no catalogue yet", where=str(root), remedy=remedy)
        return found
    fitting = sorted(path.parent.name for path in (root / "catalogue").glob(f"{name}*/snapshot.json"))
    if not fitting:
        raise NotFoundError("no such snapshot", where=name)
    if len(fitting) > 1:
        raise UsageError(f"several snapshots begin so: {', '.join(fitting)}", where=name)
    return SnapshotId(fitting[0])
