#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Measure what a verification costs (benchmarks/verification.py), on programs of our own, and the
# speed of s2s against clang's (benchmarks/speed.py), on PolyBench/C 4.2 and NPB bt if
# they can be had. They are no part of this repository: they are cloned into build/suites once, at
# fixed commits; POLYBENCH and NPB name checkouts to use instead. Without a network the project's own
# sources stand in, visibly.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# checkout ADDRESS COMMIT FOLDER: one commit, no history
checkout() {
  local address=$1 commit=$2 folder=$3
  [[ -d $folder ]] && return 0
  rm -rf "$folder.partial"
  git init --quiet "$folder.partial" &&
    git -C "$folder.partial" fetch --quiet --depth=1 "$address" "$commit" &&
    git -C "$folder.partial" -c advice.detachedHead=false checkout --quiet FETCH_HEAD &&
    mv "$folder.partial" "$folder"
}

arguments=()
suites=build/suites
mkdir -p "$suites"
if [[ -n ${POLYBENCH:-} ]]; then
  arguments+=(--polybench "$POLYBENCH")
elif checkout https://github.com/Meinersbur/polybench \
  9981a18f648723eb8a7ecfa216f9f49d48f759b3 "$suites/polybench"; then
  arguments+=(--polybench "$suites/polybench/polybench-code")
else
  printf 'bench: PolyBench cannot be had, own programs stand in\n' >&2
fi
if [[ -n ${NPB:-} ]]; then
  arguments+=(--npb "$NPB")
elif checkout https://github.com/GMAP/NPB-CPP \
  5bc1e2c4aca09f4ebae370b80f8f335a76e162ef "$suites/npb"; then
  arguments+=(--npb "$suites/npb")
else
  printf 'bench: NPB cannot be had, a generated file stands in\n' >&2
fi

# Both are measured, whatever the first one says.
status=0
"${VENV:-.venv}/bin/python" -m benchmarks.speed "${arguments[@]}" "$@" || status=1
"${VENV:-.venv}/bin/python" -m benchmarks.verification || status=1
exit "$status"
