"""Random rows through both, in short; `random_rows.py` compares as many as are wanted."""

from __future__ import annotations

import logging
import warnings

import pytest
import random_rows


@pytest.mark.parametrize("seed", [1, 2])
def test_random_rows_encode_alike(seed: int) -> None:
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    try:
        found = list(random_rows.cases(256, seed, random_rows.KINDS))
    finally:
        logging.disable(logging.NOTSET)
    unlisted = [
        case for case in found if case.result not in ("equal", "both refuse") and random_rows.explained(case) is None
    ]
    assert not unlisted, "\n".join(map(random_rows.described, unlisted[:5]))
    assert sum(case.result == "equal" for case in found) > len(found) / 2
