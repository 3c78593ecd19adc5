# SPDX-License-Identifier: Apache-2.0
"""Steps of loops that are no constants: a loop is canonical only if its step is positive."""

from __future__ import annotations

from s2s.analysis.extents import Renderer
from s2s.analysis.facts import ParameterNames
from s2s.analysis.nest import Nest, NestLoop
from s2s.ir.program import IntLiteral, Ref


def step_test(nest: Nest, loop: NestLoop, names: ParameterNames) -> str | None:
    """Return a C condition under which a loop's step is positive; empty where that is known.

    None when it cannot be tested before the loop: memory that the host would read there may be
    out of date inside a data environment.
    """
    if loop.stride is None:
        return ""
    parts = [nest.parameters[a].expression for a in loop.stride.atoms]
    if not all(isinstance(p, (Ref, IntLiteral)) for p in parts):
        return None
    return f"{Renderer(names).text(loop.stride)} > 0"
