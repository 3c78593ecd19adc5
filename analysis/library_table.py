# SPDX-License-Identifier: Apache-2.0
"""What functions of the C library do, as far as the analyses care.

Source: ISO C11 chapter 7. A function that is in none of these tables is unknown.
"""

from __future__ import annotations

_MATH_BASE = [
    "acos",
    "asin",
    "atan",
    "atan2",
    "acosh",
    "asinh",
    "atanh",
    "cos",
    "sin",
    "tan",
    "cosh",
    "sinh",
    "tanh",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log10",
    "log1p",
    "log2",
    "logb",
    "cbrt",
    "fabs",
    "hypot",
    "pow",
    "sqrt",
    "erf",
    "erfc",
    "tgamma",
    "ceil",
    "floor",
    "nearbyint",
    "rint",
    "round",
    "trunc",
    "fmod",
    "remainder",
    "copysign",
    "nextafter",
    "fdim",
    "fmax",
    "fmin",
    "fma",
    "ldexp",
    "scalbn",
    "ilogb",
    "lround",
    "llround",
    "lrint",
    "llrint",
]

#: Pure functions of their arguments that exist in device code too.
MATH = frozenset(
    [name + suffix for name in _MATH_BASE for suffix in ("", "f")]
    + [name + "l" for name in _MATH_BASE]
    + ["abs", "labs", "llabs", "__builtin_fabs", "__builtin_sqrt", "__builtin_expect"]
    + ["isnan", "isinf", "isfinite", "signbit", "__builtin_isnan", "__builtin_isinf_sign"]
    + ["__isnan", "__isinf", "__finite", "__isnanf", "__isinff", "__builtin_isfinite"]
    + ["__builtin_signbit", "toupper", "tolower", "isalpha", "isdigit", "isspace", "isupper"]
)
_NOT_ON_DEVICE = frozenset(n for n in MATH if n.endswith("l") and n[:-1] in _MATH_BASE) | frozenset(
    ["toupper", "tolower", "isalpha", "isdigit", "isspace", "isupper"]
)
DEVICE_MATH = MATH - _NOT_ON_DEVICE

#: Functions whose result is fresh memory that nothing else points to.
ALLOCATORS = frozenset(
    [
        "malloc", "calloc", "aligned_alloc", "memalign", "valloc", "_mm_malloc", "strdup",
        "operator new",
    ]
)  # fmt: skip
RELEASE = frozenset(["free", "_mm_free", "cfree", "operator delete"])

#: name -> (pointer arguments read, pointer arguments written)
MEMORY: dict[str, tuple[frozenset[int], frozenset[int]]] = {
    "memcpy": (frozenset({1}), frozenset({0})),
    "memmove": (frozenset({1}), frozenset({0})),
    "memset": (frozenset(), frozenset({0})),
    "bzero": (frozenset(), frozenset({0})),
    "memcmp": (frozenset({0, 1}), frozenset()),
    "strlen": (frozenset({0}), frozenset()),
    "strcmp": (frozenset({0, 1}), frozenset()),
    "strncmp": (frozenset({0, 1}), frozenset()),
    "strcpy": (frozenset({1}), frozenset({0})),
    "strncpy": (frozenset({1}), frozenset({0})),
    "strcat": (frozenset({0, 1}), frozenset({0})),
    "strchr": (frozenset({0}), frozenset()),
    "strstr": (frozenset({0, 1}), frozenset()),
    "atoi": (frozenset({0}), frozenset()),
    "atol": (frozenset({0}), frozenset()),
    "atoll": (frozenset({0}), frozenset()),
    "atof": (frozenset({0}), frozenset()),
    "strtod": (frozenset({0}), frozenset({1})),
    "strtol": (frozenset({0}), frozenset({1})),
    "strtoul": (frozenset({0}), frozenset({1})),
    "gettimeofday": (frozenset(), frozenset({0, 1})),
    "clock_gettime": (frozenset(), frozenset({1})),
    "time": (frozenset(), frozenset({0})),
    "clock": (frozenset(), frozenset()),
    "omp_get_wtime": (frozenset(), frozenset()),
    "posix_memalign": (frozenset(), frozenset({0})),
    "getenv": (frozenset({0}), frozenset()),
}

#: Input and output: reads what its pointer arguments point to and has a visible effect.
OUTPUT = frozenset(
    [
        "std::ostream",
        "printf",
        "fprintf",
        "puts",
        "fputs",
        "putchar",
        "fputc",
        "putc",
        "fwrite",
        "fflush",
        "perror",
        "vprintf",
        "vfprintf",
        "dprintf",
        "write",
        "fclose",
        "fopen",
        "remove",
        "rename",
        "system",
        "setvbuf",
    ]
)
#: Input: also writes through its pointer arguments.
INPUT = frozenset(
    [
        "scanf",
        "fscanf",
        "sscanf",
        "fgets",
        "fgetc",
        "getc",
        "getchar",
        "fread",
        "gets",
        "read",
        "sprintf",
        "snprintf",
        "getline",
        "vsprintf",
        "vsnprintf",
    ]
)
#: Keep a state of their own between calls.
STATEFUL = frozenset(
    [
        "rand", "random", "drand48", "lrand48", "mrand48", "srand", "srandom", "srand48", "strtok",
        "std::chrono",
    ]
)  # fmt: skip
#: Do not return.
EXITS = frozenset(["exit", "abort", "_exit", "quick_exit", "longjmp", "__assert_fail", "_Exit"])
