"""Runs a stage's items in worker processes through `concurrent.futures`; stage code doesn't know which."""

from tenuto.engine.pool import run_items

__all__ = ["run_items"]
