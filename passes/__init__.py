# SPDX-License-Identifier: Apache-2.0
"""Passes: plan in, plan out. The registry and the order are plain data.

A pass module is imported when the pass is asked for.
"""

from __future__ import annotations

from dataclasses import fields
from importlib import import_module
from typing import Any

from s2s.errors import UsageError
from s2s.passes.base import Pass

#: pass name -> (module, class)
PASSES: dict[str, tuple[str, str]] = {
    "split-nests": ("s2s.passes.split_nests", "SplitNests"),
    "interchange-loops": ("s2s.passes.interchange_loops", "InterchangeLoops"),
    "offload-loops": ("s2s.passes.offload_loops", "OffloadLoops"),
    "collapse-loops": ("s2s.passes.collapse_loops", "CollapseLoops"),
    "hoist-target-data": ("s2s.passes.hoist_target_data", "HoistTargetData"),
    "map-data": ("s2s.passes.map_data", "MapData"),
    "guard-aliases": ("s2s.passes.guard_aliases", "GuardAliases"),
    "guard-strides": ("s2s.passes.guard_strides", "GuardStrides"),
    "declare-targets": ("s2s.passes.declare_targets", "DeclareTargets"),
    "threshold-regions": ("s2s.passes.threshold_regions", "ThresholdRegions"),
    "report-loops": ("s2s.passes.report_loops", "ReportLoops"),
}

PIPELINES: dict[str, tuple[str, ...]] = {
    "offload": (
        "interchange-loops",
        "split-nests",
        "interchange-loops",
        "offload-loops",
        "collapse-loops",
        "hoist-target-data",
        "map-data",
        "guard-aliases",
        "guard-strides",
        "declare-targets",
        "threshold-regions",
        "report-loops",
    ),
}

#: Passes that change the loops themselves; the text is parsed again after each of them.
RESTRUCTURING = frozenset({"split-nests", "interchange-loops"})


def pass_class(name: str) -> type[Pass]:
    """Return the class of a pass.

    Raises:
        UsageError: there is no pass of that name.
    """
    if name not in PASSES:
        raise UsageError(
            f"there is no pass '{name}'", hint="s2s offload --list-passes shows all of them"
        )
    module, class_name = PASSES[name]
    found: type[Pass] = getattr(import_module(module), class_name)
    return found


def make_pass(name: str, options: dict[str, str]) -> Pass:
    """Return a pass with its options set from text.

    Raises:
        UsageError: the pass has no such option, or the value has the wrong form.
    """
    cls: Any = pass_class(name)
    known = {f.name.replace("_", "-"): f for f in fields(cls)}
    values: dict[str, object] = {}
    for key, text in options.items():
        option = known.get(key.replace("_", "-"))
        if option is None:
            listed = ", ".join(known) or "none"
            raise UsageError(f"pass '{name}' has no option '{key}'", hint=f"it has: {listed}")
        values[option.name] = _parse(name, key, text, str(option.type))
    made: Pass = cls(**values)
    return made


def _parse(name: str, key: str, text: str, kind: str) -> object:
    try:
        if kind == "bool":
            return {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}[
                text.lower()
            ]
        if kind == "int":
            return int(text)
        return float(text) if kind == "float" else text
    except (KeyError, ValueError):
        raise UsageError(f"option '{key}' of pass '{name}' is not {kind}: '{text}'") from None
