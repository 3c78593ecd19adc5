# SPDX-License-Identifier: Apache-2.0
"""What all tests share: where the tree is, and the rule that fuzz runs are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out tests marked ``fuzz`` unless an expression given with ``-m`` names them."""
    if "fuzz" in config.getoption("markexpr", ""):
        return
    kept = [item for item in items if item.get_closest_marker("fuzz") is None]
    dropped = [item for item in items if item.get_closest_marker("fuzz") is not None]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the source tree."""
    return ROOT
