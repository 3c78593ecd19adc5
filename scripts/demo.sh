#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# What s2s does, in one minute: the loops of a small heat solver and the verdict on each, the
# directives s2s adds, and the proof by running that the result still computes the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly source=examples/heat2d/heat2d.c
readonly result=build/demo/heat2d.c
readonly s2s=${VENV:-.venv}/bin/s2s

title() { printf '\n\033[1m%s\033[0m\n\n' "$*"; }
if [[ ! -t 1 || -n ${NO_COLOR:-} ]]; then
  title() { printf '\n%s\n\n' "$*"; }
fi
show() {
  local word line='$ s2s'
  for word in "$@"; do
    [[ $word != *' '* ]] || word="'$word'"
    line+=" $word"
  done
  printf '%s\n\n' "$line"
  "$s2s" "$@"
}

scripts/bootstrap.sh
mkdir -p "${result%/*}"
rm -f "$result"

title "1. The loops of $source"
show analyze "$source"

title "2. The translation and its verification: serial program against host device"
show offload "$source" -o "$result" --diff --verify --run './heat2d 256 50'

printf '\nOn a machine with a GPU: clang -O3 -fopenmp --offload-arch=sm_90 %s -o heat2d\n' "$result"
