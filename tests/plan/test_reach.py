"""docs/plan.md, Coverage: which groups a plan and any budget cover, against counting."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenuto.plan import Reach

members = st.lists(st.tuples(st.integers(0, 5), st.integers(-1, 9), st.booleans()), min_size=1, max_size=40)


@given(members, st.booleans(), st.integers(1, 40), st.integers(-1, 10))
def test_against_counting(drawn: list[tuple[int, int, bool]], whole: bool, cut: int, bucket: int) -> None:
    """In any batches; with the steps above a bucket bought, and as the plan has it."""
    reach = Reach(8, whole=whole)
    for part in (drawn[:cut], drawn[cut:]):
        groups, buckets, held = (np.array([each[at] for each in part]) for at in range(3))
        reach.add(groups.astype(np.int64), buckets.astype(np.int32), held.astype(np.bool_))
    rule = all if whole else any
    by_group = [[each for each in drawn if each[0] == group] for group in {each[0] for each in drawn}]
    assert reach.known == len(by_group)
    assert reach.covered == sum(rule(held for _, _, held in each) for each in by_group)
    above = sum(rule(at > bucket and at >= 0 for _, at, _ in each) for each in by_group)
    assert reach.by_bucket[bucket + 1 :].sum() == above
