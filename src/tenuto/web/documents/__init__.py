"""What pages say, as frozen values. A page and its `.json` are two renderings of one document."""

from tenuto.web.documents.about import AboutDocument, about
from tenuto.web.documents.common import Frame, frame
from tenuto.web.documents.editions import EditionDocument, EditionsDocument, edition, editions, has_volume
from tenuto.web.documents.health import SwarmDocument, health
from tenuto.web.documents.index import IndexDocument, index
from tenuto.web.documents.plan import PlanDocument, plan
from tenuto.web.documents.recording import RecordingDocument, recording, surviving
from tenuto.web.documents.statistics import ChartDocument, StatisticsDocument, chart, statistics

__all__ = [
    "AboutDocument",
    "ChartDocument",
    "EditionDocument",
    "EditionsDocument",
    "Frame",
    "IndexDocument",
    "PlanDocument",
    "RecordingDocument",
    "StatisticsDocument",
    "SwarmDocument",
    "about",
    "chart",
    "edition",
    "editions",
    "frame",
    "has_volume",
    "health",
    "index",
    "plan",
    "recording",
    "statistics",
    "surviving",
]
