# SPDX-License-Identifier: Apache-2.0
"""What all tests share: how Hypothesis searches.

No deadlines, as a compiler that runs beside the tests makes any of them late. Under CI (the
variable that most services set) the examples are the same each time, so that a change fails only
for what it changed; at a desk they are new ones.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the switch that rewrites the expected texts."""
    parser.addoption(
        "--update-golden", action="store_true", help="write the after files of tests/golden anew"
    )
