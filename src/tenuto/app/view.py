"""What pages see of an archive: `ArchiveView` over the snapshot's derived structures, ledger and editions."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import decide, policy
from tenuto.app.stages.plan import current_curve, current_plan
from tenuto.catalogue import SqliteCatalogue, open_current
from tenuto.model.audio import Characterisation
from tenuto.model.catalogue import RecordingDetail
from tenuto.model.edition import EditionSummary, PublishedPlace
from tenuto.model.errors import NotFoundError
from tenuto.model.ids import EditionId, RecordingId
from tenuto.model.objects import Holding, ObjectDigests
from tenuto.model.plan import CurvePoint, PlanSummary
from tenuto.model.rights import Cleared, Refusal
from tenuto.model.work import Counts, Stage
