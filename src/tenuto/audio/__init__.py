"""One file enters, a characterisation and perhaps an access copy leave, all in one decode."""

from tenuto.audio.access import AccessCopy, AccessSpec, TagSet
from tenuto.audio.characterise import Characterised, characterise
from tenuto.audio.limits import Limits
from tenuto.audio.task import Result, Task, made_by, process

__all__ = [
    "AccessCopy",
    "AccessSpec",
    "Characterised",
    "Limits",
    "Result",
    "TagSet",
    "Task",
    "characterise",
    "made_by",
    "process",
]
