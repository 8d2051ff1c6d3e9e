"""What to hold at which tier under a budget (docs/plan.md). Pure.

A multiple-choice knapsack of any size in bounded memory: `solve`, and the coverage `curve`.
"""

from tenuto.plan.candidates import TIERS, Batches, CandidateBatch, Utility
from tenuto.plan.curve import curve
from tenuto.plan.sizes import predict_access_bytes, predict_original_bytes
from tenuto.plan.solve import Solution, solve

__all__ = [
    "TIERS",
    "Batches",
    "CandidateBatch",
    "Solution",
    "Utility",
    "curve",
    "predict_access_bytes",
    "predict_original_bytes",
    "solve",
]
