#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Renew constraints.txt: resolve the lower bounds of pyproject.toml anew in an empty environment.
# Run the whole CI before you commit the result.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"${VENV:-.venv}/bin/python" -m venv "$scratch/venv"
pip=("$scratch/venv/bin/python" -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install 'setuptools>=77'
"${pip[@]}" install --no-build-isolation -e '.[dev]'
{
  grep '^#' constraints.txt
  "${pip[@]}" freeze --all --exclude-editable | grep -v '^pip=='
} >"$scratch/constraints.txt"
mv "$scratch/constraints.txt" constraints.txt
printf 'lock: constraints.txt is renewed; see git diff\n'
