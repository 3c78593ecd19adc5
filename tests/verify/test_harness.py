# SPDX-License-Identifier: Apache-2.0
"""Functions with made-up inputs: wrong results that show in one case only are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from s2s.driver import analyses_of
from s2s.errors import UsageError
from s2s.toolchain.discover import discover_clang
from s2s.verify.base import VerificationReport, VerificationVerdict
from s2s.verify.function.generated_cases import cases_for
from s2s.verify.function.harness import verify_function
from s2s.verify.function.signature import (
    BufferInput,
    NoDriver,
    Role,
    ScalarInput,
    Signature,
    signature_of,
)
from s2s.verify.request import VerificationRequest
from s2s.verify.tiers import Tier

CLANG = discover_clang()
needs_clang = pytest.mark.skipif(
    CLANG is None or not CLANG.host_offload, reason="no clang with OpenMP host offload"
)

KERNELS = """\
#include <stdio.h>

static int weights[4];
int calls;

static void scale(int n, double *restrict a, double factor, double *restrict first)
{
    calls++;
    *first = -1.0;
    /* SCALE */
    for (int i = 0; i < n; i++)
        a[i] = a[i] * factor + weights[i % 4];
}

void next(int n, float *to, const float *from)
{
    /* NEXT */
    for (int i = 0; i < n; i++)
        to[i] = from[i] + 1.0f;
}

double multiply(int rows, const int start[rows + 1], const int *column, const double *value,
                const double x[rows], double *restrict y)
{
    double total = 0.0;
    /* MULTIPLY */
    for (int i = 0; i < rows; i++) {
        double s = 0.0;
        for (int k = start[i]; k < start[i + 1]; k++)
            s += value[k] * x[column[k]];
        y[i] = s;
        total += s;
    }
    return total;
}

int last_of(int n, const int *a)
{
    return a[n - 1];
}

int main(int argc, char **argv)
{
    printf("%d\\n", argc);
    return argv == 0;
}
"""


def signature(directory: Path, text: str, name: str = "f") -> Signature:
    path = directory / "kernels.c"
    path.write_text(text)
    analyses = analyses_of(path)
    function = analyses.program.function(name)
    assert function is not None
    return signature_of(function, analyses)


def verify(
    directory: Path, name: str, result: str, tier: Tier = Tier.HOST_DEVICE, text: str = KERNELS
) -> VerificationReport:
    path = directory / "kernels.c"
    path.write_text(text)
    request = VerificationRequest(path, result.encode(), tier=tier, timeout_s=30)
    return verify_function(request, analyses_of(path), name)


# -- what a function is given ------------------------------------------------------------------


def test_integers_are_told_apart_by_what_they_are_for(tmp_path: Path) -> None:
    found = signature(tmp_path, KERNELS, "multiply")
    rows, start, column, value, x, y = found.parameters
    assert isinstance(rows, ScalarInput) and rows.is_size
    assert isinstance(start, BufferInput) and start.role is Role.MONOTONE
    assert isinstance(column, BufferInput) and column.role is Role.INDEX
    assert {s.name for s in column.indexed} == {"x"}
    assert isinstance(value, BufferInput) and value.role is Role.VALUES
    assert isinstance(x, BufferInput) and isinstance(y, BufferInput)
    assert (start.declared, x.declared, y.declared) == ("rows + 1", "rows", "")
    assert (x.is_written, y.is_written) == (False, True)
    assert found.returned is not None and found.returned.kind == "f64"


def test_subscripts_are_followed_through_variables_and_calls(tmp_path: Path) -> None:
    text = """\
static void add(double *bin, int at) { bin[at] += 1.0; }
void f(int n, int step, double *bin, const int *key)
{
    for (int i = 0; i < n; i += step) {
        int k = key[i];
        add(bin, k);
    }
}
"""
    _, step, bin_, key = signature(tmp_path, text).parameters
    assert isinstance(step, ScalarInput) and step.is_divisor
    assert isinstance(key, BufferInput) and key.role is Role.INDEX
    assert isinstance(bin_, BufferInput) and bin_.symbol in key.indexed


def test_globals_that_are_used_are_inputs_too(tmp_path: Path) -> None:
    used = {g.symbol.name: g for g in signature(tmp_path, KERNELS, "scale").globals}
    assert used.keys() == {"weights", "calls"}
    weights, calls = used["weights"], used["calls"]
    assert isinstance(weights, BufferInput) and (weights.extent, weights.is_written) == (4, False)
    assert isinstance(calls, ScalarInput) and calls.is_written


def test_only_pointers_that_nothing_keeps_apart_overlap(tmp_path: Path) -> None:
    assert signature(tmp_path, KERNELS, "scale").may_overlap == ()
    ((to, from_),) = signature(tmp_path, KERNELS, "next").may_overlap
    assert (to.symbol.name, from_.symbol.name) == ("to", "from")
    internal = KERNELS.replace("void next", "static void next").replace(
        "int main", "float p[9], q[9];\nvoid call(void) { next(9, p, q); }\nint main"
    )
    assert signature(tmp_path, internal, "next").may_overlap == ()


def test_cases_have_all_kinds_of_sizes_and_are_the_same_each_time(tmp_path: Path) -> None:
    found = signature(tmp_path, KERNELS, "next")
    cases = cases_for(found, depth=1)
    sizes = {case.integers[0] for case in cases}
    assert {0, 1, 2, 3, 8, 13, 61, 10007} <= sizes
    assert len({case.seed for case in cases}) > 3
    assert [case.label for case in cases if "=to" in case.label] == [
        f"{label},from=to{shift}"
        for label, shift in (
            ("n=13,seed=1", ""),
            ("n=13,seed=1", "+1"),
            ("n=13,seed=1", "-1"),
            ("n=61,seed=1", "-2"),
        )
    ]
    assert [case.text for case in cases] == [case.text for case in cases_for(found, depth=1)]


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ("struct s { int *p; } *x", "what parameter 'x' points to is a struct (struct s)"),
        ("struct s { int p; } x", "parameter 'x' is a struct (struct s), whose members"),
        ("double **x", "what parameter 'x' points to are pointers: how long the rows"),
        ("void *x", "what parameter 'x' points to is void: the type of the elements is not known"),
        ("int (*x)(int)", "what parameter 'x' points to is a function: which one is not known"),
        ("long double x", "parameter 'x' is of type long double, for which no values are made"),
        ("int n, ...", "it has a variable argument list"),
    ],
)
def test_what_cannot_be_made_up_is_refused_by_name(
    tmp_path: Path, parameters: str, reason: str
) -> None:
    with pytest.raises(NoDriver) as refused:
        signature(tmp_path, f"void f({parameters}) {{ }}\n")
    assert str(refused.value).startswith(reason)


def test_functions_that_end_the_program_are_refused(tmp_path: Path) -> None:
    text = "#include <stdlib.h>\nvoid f(int n) { if (n > 3) exit(1); }\n"
    with pytest.raises(NoDriver, match="may end the program"):
        signature(tmp_path, text)


@needs_clang
def test_refusal_is_no_verdict_and_says_why(tmp_path: Path) -> None:
    text = "void f(double **x) { x[0][0] = 1; }\n"
    report = verify(tmp_path, "f", text, text=text)
    assert report.verdict is VerificationVerdict.NOT_RUN
    assert report.reason.startswith("no inputs can be made for 'f': what parameter 'x' points to")


@needs_clang
def test_unknown_function_is_a_usage_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="defines no function 'none'") as error:
        verify(tmp_path, "none", KERNELS)
    assert error.value.hint == "it defines scale, next, multiply, last_of, main"


# -- running -------------------------------------------------------------------------------------

_PARALLEL = "#pragma omp target teams distribute parallel for"
SCALE = KERNELS.replace("/* SCALE */", f"{_PARALLEL} map(tofrom: a[0:n]) map(to: weights)")


@pytest.mark.toolchain
@needs_clang
def test_right_result_passes_as_far_as_the_race_detector(tmp_path: Path) -> None:
    report = verify(tmp_path, "scale", SCALE, Tier.RACES)
    assert report.passed, report
    assert report.tier is Tier.RACES, report.notes
    assert report.original == tmp_path / "kernels.c"
    assert report.notes[0].startswith("'scale' was run with ")
    (compared,) = (c for c in report.comparisons if c.run == "guard" and "results of" in c.stream)
    assert compared.numbers > 10007


@pytest.mark.toolchain
@needs_clang
def test_subscripts_in_memory_stay_within_what_they_index(tmp_path: Path) -> None:
    directive = (
        f"{_PARALLEL} reduction(+: total) map(to: start[0:rows + 1], x[0:rows]) "
        "map(to: column[0:start[rows]], value[0:start[rows]]) map(from: y[0:rows])"
    )
    report = verify(tmp_path, "multiply", KERNELS.replace("/* MULTIPLY */", directive))
    assert report.passed, report
    assert "'multiply' was run with 10 of 10 generated cases" in report.notes


@pytest.mark.toolchain
@needs_clang
def test_result_that_supposes_pointers_apart_is_found(tmp_path: Path) -> None:
    apart = "    float kept[n + 1];\n    for (int i = 0; i < n; i++)\n        kept[i] = from[i];\n"
    directive = f"{apart}{_PARALLEL} map(to: kept[0:n]) map(from: to[0:n])"
    wrong = KERNELS.replace("/* NEXT */", directive).replace("= from[i] + 1", "= kept[i] + 1")
    report = verify(tmp_path, "next", wrong)
    assert report.verdict is VerificationVerdict.FAILED
    unequal = [c.stream for c in report.comparisons if not c.equal and c.run == "result"]
    assert unequal == ["n=13,seed=1,from=to-1/to", "n=61,seed=1,from=to-2/to"]


@pytest.mark.toolchain
@needs_clang
@pytest.mark.parametrize(
    ("before", "after", "case"),
    [
        ("*first = -1.0;", "if (n > 0) *first = -1.0;", "n=0,"),
        pytest.param(
            "i < n; i++)\n        a[i]", "i < n - (n == 1); i++)\n        a[i]", "n=1,",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "i < n; i++)\n        a[i]", "i < (n > 3 ? n / 2 * 2 : n); i++)\n        a[i]", "n=5,",
            marks=pytest.mark.slow,
        ),
    ],
)  # fmt: skip
def test_result_that_is_wrong_for_one_size_is_found_with_its_element(
    tmp_path: Path, before: str, after: str, case: str
) -> None:
    report = verify(tmp_path, "scale", SCALE.replace(before, after, 1))
    assert report.verdict is VerificationVerdict.FAILED
    assert report.reason.startswith(f"result: {case}")
    index = {"n=0,": 0, "n=1,": 0, "n=5,": 4}[case]
    assert f" differs: at index {index}: expected" in report.reason


@pytest.mark.toolchain
@needs_clang
def test_cases_that_the_original_is_not_defined_for_are_left_out(tmp_path: Path) -> None:
    report = verify(tmp_path, "last_of", KERNELS)
    assert report.passed, report
    assert report.notes[:2] == (
        "'last_of' was run with 8 of 9 generated cases",
        "1 discarded, where the original is not defined: it uses 'a' before its beginning "
        "(n=0,seed=0)",
    )
