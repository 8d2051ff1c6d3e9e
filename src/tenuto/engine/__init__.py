"""Runs a stage's items through a `concurrent.futures.Executor`; stage code doesn't know which, or where."""

from tenuto.engine.allowance import Allowance
from tenuto.engine.cluster import DaskEngine
from tenuto.engine.engines import Engine, LocalEngine
from tenuto.engine.run import run_items

__all__ = ["Allowance", "DaskEngine", "Engine", "LocalEngine", "run_items"]
