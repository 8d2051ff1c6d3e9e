"""What one item may take. The kernel holds it to that, in the process that works on it."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenuto.model.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Allowance:
    """Beyond its memory an item fails; beyond its time it loses its process."""

    cpu_seconds: int = 900
    """Processor time: 12 hours of music with an access copy, with room to spare."""
    memory_bytes: int = 2 * 2**30
    """What it may allocate beyond what its process has."""
    wall_seconds: float = 3600
    """For what waits without working: a disk or a server that doesn't answer."""


DEFAULT_ALLOWANCE = Allowance()


@contextmanager
def within(allowance: Allowance) -> Iterator[None]:
    """The block gets so much. Raises `BadInputError` where it wants more memory: decoders report a refused
    allocation as an error of the file, Python raises `MemoryError`. SIGXCPU ends what takes longer.
    """
    spent = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(spent.ru_utime + spent.ru_stime) + allowance.cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + allowance.memory_bytes, before[1]))
    try:
        yield
    except MemoryError:
        raise BadInputError(
            f"takes more than {allowance.memory_bytes // 2**20} MiB of memory",
            remedy="The file may be hostile",
        ) from None
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data_bytes() -> int:
    """Of private memory that this process may write (proc(5), statm: data); mapped files don't count."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return pages * resource.getpagesize()
