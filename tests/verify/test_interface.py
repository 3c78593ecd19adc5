# SPDX-License-Identifier: Apache-2.0
"""An interface that changes is found; what an offload build adds by itself is no change."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from s2s.toolchain.discover import discover_clang
from s2s.verify.static.interface import (
    InterfaceComparison,
    ObjectPair,
    compare_interfaces,
    device_symbols,
    missing_on_device,
)

CLANG = discover_clang()
pytestmark = [
    pytest.mark.toolchain,
    pytest.mark.skipif(
        CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
    ),
]

ORIGINAL = """\
#include <stdlib.h>
int counter = 3;
double table[10];
const char *const title = "sum";
struct { int a; double b; } state;
static int hidden;
static int seven(void) { return 7 + hidden; }
__attribute__((weak)) void hook(void) {}
double add(const double *a, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    counter++;
    return s + seven();
}
int main(void)
{
    double a[3] = {1, 2, 3};
    return add(a, 3) > 6;
}
"""
OFFLOADED = ORIGINAL.replace(
    "    for (",
    "#pragma omp target teams distribute parallel for map(to: a[0:n]) reduction(+: s)\n    for (",
).replace("counter++", "\n#pragma omp critical (guarded)\n    counter++")
DECLARED = (
    OFFLOADED.replace("int counter", "#pragma omp declare target\nint counter")
    .replace("const char", "#pragma omp end declare target\nconst char")
    .replace("double add", "#pragma omp declare target\nint twice(int x) { return 2 * x; }\n"
             "#pragma omp end declare target\ndouble add")
)  # fmt: skip


def compiled(directory: Path, name: str, text: str, *, offload: bool) -> Path:
    """Compile a text to an object file."""
    assert CLANG is not None
    source, target = directory / name, directory / f"{name}.o"
    source.write_text(text)
    is_cxx = source.suffix == ".cpp"
    flags = ["-fopenmp", f"-fopenmp-targets={CLANG.host_triple}"] if offload else []
    compiler = CLANG.cxx_path if is_cxx else CLANG.path
    command = [str(compiler), "-O2", *flags, "-c", str(source), "-o", str(target)]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return target


def compared(directory: Path, before: str, after: str, suffix: str = ".c") -> InterfaceComparison:
    assert CLANG is not None
    one = compiled(directory, f"before{suffix}", before, offload=False)
    two = compiled(directory, f"after{suffix}", after, offload=True)
    return compare_interfaces([ObjectPair(one, two, suffix == ".cpp")], CLANG)


def test_offload_build_adds_nothing_to_the_interface(tmp_path: Path) -> None:
    assert compared(tmp_path, ORIGINAL, OFFLOADED) == InterfaceComparison((), 7, True)


def test_every_change_of_the_interface_is_found(tmp_path: Path) -> None:
    after = (
        OFFLOADED.replace("double add(", "static double add(")
        .replace("double table[10]", "double table[11]")
        .replace("int counter = 3;", "int counter(void) { return 3; }")
        .replace("counter++;", "(void)counter();")
        .replace("__attribute__((weak)) ", "")
        .replace("int main", "int extra;\nint main")
    )
    found = compared(tmp_path, ORIGINAL, after)
    assert [str(d) for d in found.differences] == [
        "add: is no longer there",
        "counter: was data, is function",
        "hook: was weak, is not",
        "table: had 80 bytes, has 88",
        "extra: a new data",
    ]
    assert [d.symbol for d in found.of("missing", "added")] == ["add", "extra"]


def test_symbol_that_moved_to_another_unit_is_still_there(tmp_path: Path) -> None:
    assert CLANG is not None
    objects = [
        compiled(tmp_path, name, text, offload=offload)
        for name, text, offload in (
            ("a0.c", "int f(void) { return 1; }\nint g(void) { return 2; }\n", False),
            ("b0.c", "int h;\n", False),
            ("a1.c", "int f(void) { return 1; }\n", True),
            ("b1.c", "int h;\nint g(void) { return 2; }\n", True),
        )
    ]
    pairs = [ObjectPair(objects[0], objects[2]), ObjectPair(objects[1], objects[3])]
    assert compare_interfaces(pairs, CLANG).differences == ()
    assert [d.symbol for d in compare_interfaces(pairs[:1], CLANG).differences] == ["g"]


def test_cxx_names_are_readable_and_inline_functions_no_interface(tmp_path: Path) -> None:
    before = """\
#include <vector>
template <class T> T twice(T x) { return x + x; }
inline int three() { return 3; }
namespace grid { double sum(const std::vector<double> &v) {
    double s = 0;
    for (double x : v) s += twice(x) * three();
    return s;
} }
"""
    assert compared(tmp_path, before, before, ".cpp").differences == ()
    after = before.replace("double sum(", "double sum(int, ").replace("inline", "static inline")
    found = compared(tmp_path, before, after, ".cpp")
    vector = "std::vector<double, std::allocator<double>> const&)"
    names = [d.symbol.replace("> >", ">>") for d in found.differences]
    assert names == [f"grid::sum({vector}", f"grid::sum(int, {vector}"]


def test_what_is_there_on_the_device_is_read_off_the_object(tmp_path: Path) -> None:
    assert CLANG is not None
    declared = compiled(tmp_path, "declared.c", DECLARED, offload=True)
    plain = compiled(tmp_path, "plain.c", OFFLOADED, offload=True)
    serial = compiled(tmp_path, "serial.c", ORIGINAL, offload=False)
    there = device_symbols(declared, CLANG, tmp_path)
    assert there is not None
    assert {name: s.kind.value for name, s in there.items()} == {
        "counter": "data",
        "table": "data",
        "twice": "function",
    }
    without = device_symbols(plain, CLANG, tmp_path)
    assert without == {}
    assert missing_on_device(there, without, CLANG) == ("counter", "table", "twice")
    assert missing_on_device(without, there, CLANG) == ()
    assert device_symbols(serial, CLANG, tmp_path) is None


def test_what_cannot_be_read_is_no_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CLANG is not None
    text = tmp_path / "text.o"
    text.write_text("no object\n")
    found = compare_interfaces([ObjectPair(text, text)], CLANG)
    assert (found.differences, found.reason.split()[1:]) == ((), ["cannot", "read", "text.o"])
    monkeypatch.setenv("PATH", str(tmp_path))
    nowhere = replace(CLANG, path=tmp_path / "clang")
    assert "installed" in compare_interfaces([ObjectPair(text, text)], nowhere).reason
