#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Build sdist and wheel, install the wheel into an empty environment outside the tree, and use it
# there: what the links s2s/analysis, s2s/passes and s2s/templates hold must have travelled along.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
python=$root/${VENV:-.venv}/bin/python
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf 'check_wheel: %s\n' "$*" >&2
  exit 1
}

# Built from a copy, so that no build folder appears in the tree. `build` makes the sdist first and
# the wheel out of the sdist: a file that the sdist lacks is missing below.
mkdir "$scratch/tree"
cp -a pyproject.toml README.md LICENSE MANIFEST.in s2s analysis passes templates "$scratch/tree"
find "$scratch/tree" -name __pycache__ -type d -prune -exec rm -rf {} +
if ! "$python" -m build --no-isolation --outdir "$scratch/dist" "$scratch/tree" \
  >"$scratch/log" 2>&1; then
  cat "$scratch/log" >&2
  fail "the build failed"
fi

"$python" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip --quiet --disable-pip-version-check install \
  -c constraints.txt "$scratch"/dist/s2s-*.whl
s2s=$scratch/venv/bin/s2s

# From here on nothing of the tree may be reachable.
mkdir "$scratch/elsewhere"
cp examples/heat2d/heat2d.c "$scratch/elsewhere"
cd "$scratch/elsewhere"
unset PYTHONPATH

"$scratch/venv/bin/python" - "$root" <<'PYTHON'
import importlib
import os
import pkgutil
import sys
from pathlib import Path

import s2s

root = Path(sys.argv[1])
installed = Path(s2s.__file__).parent
assert root not in installed.parents, f"imported from the tree: {installed}"
names = [module.name for module in pkgutil.walk_packages([str(installed)], "s2s.")]
for name in names:
    importlib.import_module(name)


def shipped(folder: Path) -> set[str]:
    return {
        (Path(where) / name).relative_to(folder).as_posix()
        for where, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not where.endswith("__pycache__")
    }


lost = shipped(root / "s2s") - shipped(installed)
assert not lost, f"not in the wheel: {sorted(lost)}"
for top in ("analysis", "passes", "templates"):
    assert not (installed.parent / top).exists(), f"the wheel installs a top-level {top}"
print(f"check_wheel: {len(names)} modules imported from {installed.name} {s2s.__version__}")
PYTHON

"$s2s" --version
"$s2s" --help >/dev/null
"$s2s" offload heat2d.c -o heat2d_omp.c
grep -q '#pragma omp target' heat2d_omp.c || fail "no target construct in the output"
printf 'check_wheel: the installed s2s offloads %d constructs of heat2d.c\n' \
  "$(grep -c '#pragma omp target' heat2d_omp.c)"
