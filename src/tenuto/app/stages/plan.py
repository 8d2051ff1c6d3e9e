"""Plan: which recordings to hold at which tier under the budget."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tenuto.app.archive import Archive
from tenuto.app.stages.choose import candidates
from tenuto.catalogue import open_current
from tenuto.formats import plan as plan_format
from tenuto.fsync import atomic_write_bytes
from tenuto.model.ids import PlanId
from tenuto.model.plan import Choice, PlanSummary
from tenuto.model.ports import CatalogueReader, Reporter
from tenuto.plan import TIERS, Solution, solve
