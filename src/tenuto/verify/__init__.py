"""Proof, or a list of faults, for any volume or edition folder. Needs no database."""

from tenuto.verify.report import Fault, Report
from tenuto.verify.tree import verify_tree

__all__ = ["Fault", "Report", "verify_tree"]
