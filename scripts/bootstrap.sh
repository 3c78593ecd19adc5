#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Prepare a bare Debian 12/13 or Ubuntu 24.04 machine: the system packages that are missing, then
# .venv with the versions that constraints.txt pins. A second run does nothing and takes no time.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/bootstrap.sh [--with-fuzz] [--with-graphs] [--no-system] [--force]

  --with-fuzz    also install csmith (random C programs for `make fuzz`)
  --with-graphs  also install graphviz (`s2s analyze --graph out.svg`; .dot needs nothing)
  --no-system    leave the system packages alone, make .venv only
  --force        do everything again, even if nothing changed

Environment: PYTHON  the interpreter to make .venv with (3.11 or newer)
             VENV    where to make it (default .venv)
TEXT
}

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly venv="${VENV:-.venv}"
# In order of preference: 19 is what the project is tested with; older than 17 was never tried.
readonly clang_versions=(19 20 21 22 18 17)

with_fuzz=no with_graphs=no system=yes force=no
for argument in "$@"; do
  case "$argument" in
    --with-fuzz) with_fuzz=yes ;;
    --with-graphs) with_graphs=yes ;;
    --no-system) system=no ;;
    --force) force=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

say() { printf 'bootstrap: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# --- stamp: what the last run did -----------------------------------------------------------------

fingerprint() {
  sha256sum pyproject.toml constraints.txt scripts/bootstrap.sh
  printf '%s\n' "$PWD" "fuzz=$with_fuzz" "graphs=$with_graphs" "system=$system"
}

up_to_date() {
  [[ $force == no && -f $venv/.bootstrap-stamp && -x $venv/bin/s2s ]] || return 1
  [[ $(<"$venv/.bootstrap-stamp") == "$(fingerprint)" ]]
}

# --- system packages ------------------------------------------------------------------------------

python_is_usable() {
  "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

find_python() {
  local candidate candidates=(python3 python3.13 python3.12 python3.11 /usr/bin/python3)
  for candidate in ${PYTHON:+"$PYTHON"} "${candidates[@]}"; do
    if python_is_usable "$candidate"; then
      printf '%s\n' "$candidate"
      return 0
    fi
  done
  return 1
}

# A compiler counts only if it builds a program whose target region runs on the host device with
# memory of its own; a clang without the offload runtime or the linker wrapper does not.
offloads_to_host() {
  local compiler=$1 scratch triple library status=1
  have "$compiler" || return 1
  scratch=$(mktemp -d)
  printf '%s\n' 'int main(void) { int kept = 0;' \
    '_Pragma("omp target map(to: kept)") kept = 1;' 'return kept; }' >"$scratch/probe.c"
  triple=$("$compiler" -dumpmachine)
  library=$(dirname "$(readlink -f "$(command -v "$compiler")")")/../lib
  if "$compiler" -O1 -fopenmp "-fopenmp-targets=$triple" "$scratch/probe.c" -o "$scratch/probe" \
    >/dev/null 2>&1 &&
    LD_LIBRARY_PATH="$library${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" \
      OMP_TARGET_OFFLOAD=MANDATORY "$scratch/probe" >/dev/null 2>&1; then
    status=0
  fi
  rm -rf "$scratch"
  return "$status"
}

find_clang() {
  local version
  for version in "${clang_versions[@]}"; do
    if offloads_to_host "clang-$version"; then
      printf 'clang-%s\n' "$version"
      return 0
    fi
  done
  if offloads_to_host clang; then printf 'clang\n'; else return 1; fi
}

is_installed() {
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

is_available() {
  [[ -n $(apt-cache --quiet=0 madison "$1" 2>/dev/null) ]]
}

clang_packages() {
  printf '%s\n' "clang-$1" "clang-tools-$1" "llvm-$1" "lld-$1" "libomp-$1-dev" "libclang-rt-$1-dev"
}

newest_available_clang() {
  local version
  for version in "${clang_versions[@]}"; do
    if is_available "clang-$version" && is_available "libomp-$version-dev"; then
      printf '%s\n' "$version"
      return 0
    fi
  done
  return 1
}

as_root() {
  if [[ $(id -u) == 0 ]]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "not root and no sudo; run as root: $*"
  fi
}

updated=no
update_lists_once() {
  [[ $updated == no ]] || return 0
  updated=yes
  # A broken third-party list must not stop us: the installation below decides.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 ||
    say "apt-get update reported errors; going on with what there is"
}

install_packages() {
  [[ $# -gt 0 ]] || return 0
  update_lists_once
  say "installing: $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 \
    --no-install-recommends "$@" >&2 </dev/null || fail "apt-get could not install: $*"
}

missing_of() {
  local package
  for package in "$@"; do
    is_installed "$package" || printf '%s\n' "$package"
  done
}

system_packages() {
  local wanted=() missing=() version compiler
  if ! have apt-get; then
    require_by_hand
    return 0
  fi
  find_python >/dev/null || wanted+=(python3 python3-venv)
  # Debian's pip trusts the system's certificates.
  [[ -e /etc/ssl/certs/ca-certificates.crt ]] || wanted+=(ca-certificates)
  [[ $with_fuzz == no ]] || have csmith || wanted+=(csmith)
  [[ $with_fuzz == no ]] || wanted+=(libcsmith-dev)
  [[ $with_graphs == no ]] || have dot || wanted+=(graphviz)
  if compiler=$(find_clang); then
    version=${compiler#clang-}
    # A compiler that came as a package is completed by its sisters; any other is taken as it is.
    is_installed "clang-$version" || version=""
  else
    update_lists_once
    version=$(newest_available_clang) || fail "no clang with OpenMP offload among the packages"
  fi
  [[ -z $version ]] || mapfile -t -O "${#wanted[@]}" wanted < <(clang_packages "$version")
  mapfile -t missing < <(missing_of "${wanted[@]}")
  install_packages "${missing[@]}"
  compiler=$(find_clang) || fail "installed, but no clang here builds and runs a target region"
}

require_by_hand() {
  find_python >/dev/null || fail "Python 3.11 or newer with venv is needed (no apt-get here)"
  find_clang >/dev/null || fail "a clang with OpenMP offload is needed (no apt-get here)"
}

# --- .venv ----------------------------------------------------------------------------------------

make_venv() {
  local python pip
  python=$(find_python) || fail "no Python 3.11 or newer with venv; set PYTHON"
  if ! python_is_usable "$venv/bin/python"; then
    say "making $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
  fi
  pip=("$venv/bin/python" -m pip --quiet --disable-pip-version-check)
  # setuptools first and no build isolation: the build, too, uses the pinned version.
  "${pip[@]}" install -c constraints.txt setuptools
  "${pip[@]}" install -c constraints.txt --no-build-isolation -e '.[dev]'
}

main() {
  if up_to_date; then return 0; fi
  [[ $system == no ]] || system_packages
  make_venv
  fingerprint >"$venv/.bootstrap-stamp"
  say "ready: $venv/bin/s2s"
}

main
