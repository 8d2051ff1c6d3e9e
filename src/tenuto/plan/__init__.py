"""What to hold at which tier under a budget (docs/plan.md). Pure.

A multiple-choice knapsack of any size in bounded memory: recordings become `steps`, steps are added up in a
`Tableau`, `decide` finds the multiplier for a budget, and a `Filler` gives each recording its tier. Small
problems are solved to the `exact` optimum.
"""

from tenuto.plan.answer import answer
from tenuto.plan.candidates import HELD, CandidateBatch, Codes, Floats, Ints, Objective, Totals
from tenuto.plan.coverage import budget_for, curve, interval
from tenuto.plan.decide import Decision, decide, limit_ends
from tenuto.plan.durability import AT_DIFFERENT_PLACES, AT_ONE_PLACE, Keeping, yearly_loss
from tenuto.plan.exact import exact
from tenuto.plan.explain import Reason, explain
from tenuto.plan.fill import Filler, Prepared, Tally
from tenuto.plan.quality import quality
from tenuto.plan.reach import Reach
from tenuto.plan.relaxation import Problem
from tenuto.plan.risk import loss_chance
from tenuto.plan.sites import SLOTS, most_held, placed
from tenuto.plan.sizes import original_rate, predict_access_bytes, predict_original_bytes
from tenuto.plan.small import SMALL, solve_small
from tenuto.plan.steps import StepBatch, steps
from tenuto.plan.tableau import COLUMNS, Part, Tableau, gathered, part

__all__ = [
    "AT_DIFFERENT_PLACES",
    "AT_ONE_PLACE",
    "COLUMNS",
    "HELD",
    "SLOTS",
    "SMALL",
    "CandidateBatch",
    "Codes",
    "Decision",
    "Filler",
    "Floats",
    "Ints",
    "Keeping",
    "Objective",
    "Part",
    "Prepared",
    "Problem",
    "Reach",
    "Reason",
    "StepBatch",
    "Tableau",
    "Tally",
    "Totals",
    "answer",
    "budget_for",
    "curve",
    "decide",
    "exact",
    "explain",
    "gathered",
    "interval",
    "limit_ends",
    "loss_chance",
    "most_held",
    "original_rate",
    "part",
    "placed",
    "predict_access_bytes",
    "predict_original_bytes",
    "quality",
    "solve_small",
    "steps",
    "yearly_loss",
]
