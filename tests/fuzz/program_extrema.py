# SPDX-License-Identifier: Apache-2.0
"""Random programs that look for extrema and their places, in data full of ties.

Values are small integers, both zeros and some NaNs; everything is printed exactly, so that a
translation that keeps another one of several equal values shows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

KERNELS = 12
_TYPES = ("double", "double", "float", "int", "long", "short", "unsigned char")
_WIDER = {"float": "double", "int": "long", "short": "int", "unsigned char": "unsigned"}
_MAIN = """
static int sizes[] = { 0, 1, 2, 3, 9, 64, 257, 1500 };

int main(void)
{
    for (int s = 0; s < (int)(sizeof sizes / sizeof *sizes); s++) {
        int n = sizes[s];
        for (int i = 0; i < 1500; i++) {
            seed = seed * 1103515245u + 12345u;
            int r = (int)(seed >> 16) %% 23;
            key[i] = (int)(seed >> 20) %% 7;
%s        }
%s    }
    return 0;
}
"""


@dataclass(slots=True)
class _Kernel:
    """One function that looks for an extremum; ``text`` is all of it."""

    name: str
    element: str
    text: str


def generate(seed: int) -> str:
    """Return a program with several searches; the same seed gives the same program."""
    source = random.Random(seed)
    kernels = [_kernel(source, number) for number in range(KERNELS)]
    used = sorted({k.element for k in kernels})
    fill = "".join(_fill(element) for element in used)
    calls = "".join(f"        {k.name}(n, {source.randrange(31)});\n" for k in kernels)
    arrays = "".join(f"static {e} {_array(e)}[1500];\n" for e in used)
    head = (
        "#include <math.h>\n#include <stdio.h>\n#include <stdlib.h>\n\n"
        "#define KEEP(v, i, best, at) if ((v) < (best)) { (best) = (v); (at) = (i); }\n\n"
        f"static unsigned seed = {seed}u;\n{arrays}static int key[1500];\n"
        "double shared_best;\nint shared_at;\n\n"
    )
    return head + "\n".join(k.text for k in kernels) + _MAIN % (fill, calls)


def _array(element: str) -> str:
    return f"a_{element.replace(' ', '_')}"


def _fill(element: str) -> str:
    name = _array(element)
    if element in ("double", "float"):
        value = "r == 22 ? NAN : r == 21 ? -0.0 : r == 20 ? 0.0 : r / 2 - 4"
    else:
        value = "r / 2" if "unsigned" in element else "r / 2 - 4"
    return f"            {name}[i] = {value};\n"


def _kernel(source: random.Random, number: int) -> _Kernel:
    element = source.choice(_TYPES)
    best = source.choice((element, _WIDER.get(element, element)))
    name = f"k{number}"
    shape = source.choice((_plain, _plain, _plain, _nest, _macro, _global))
    body = shape(source, element, best)
    body = body.replace("a[", f"{_array(element)}[")
    text = f'static void {name}(int n, int k)\n{{\n    printf("{name} %d:", n);\n{body}}}\n'
    return _Kernel(name, element, text)


def _initial(source: random.Random, best: str) -> str:
    floating = best in ("double", "float")
    choices = ["0", "3", "100", "n > 0 ? a[0] : 1"]
    choices += ["NAN", "-0.0", "1e30", "-1e30"] if floating else []
    choices += ["-100"] if "unsigned" not in best else []
    return source.choice(choices)


def _header(source: random.Random, variable: str, bound: str) -> str:
    ctype = source.choice(("int", "int", "long"))
    v = variable
    return source.choice(
        (
            f"for ({ctype} {v} = 0; {v} < {bound}; {v}++)",
            f"for ({ctype} {v} = 1; {v} < {bound}; {v}++)",
            f"for ({ctype} {v} = {bound} - 1; {v} >= 0; {v}--)",
            f"for ({ctype} {v} = {bound} - 1; {v} > 0; {v} -= 3)",
            f"for ({ctype} {v} = 0; {v} < {bound}; {v} += 2)",
        )
    )


def _condition(source: random.Random, value: str, best: str, iterator: str) -> str:
    relation = source.choice(("<", ">", "<=", ">="))
    out = f"{value} {relation} {best}"
    if source.random() < 0.4:
        out = f"{best} {relation} {value}"
    if source.random() < 0.3:
        out = f"{iterator} != k && {out}"
    if source.random() < 0.3:
        out += f" && key[{iterator}] > 0"
    return out


def _branch(source: random.Random, stores: list[str]) -> str:
    """Write the assignments in any order and layout."""
    source.shuffle(stores)
    style = source.randrange(3)
    if style == 0:
        return " " + ", ".join(stores) + ";\n"
    if style == 1:
        return " { " + " ".join(f"{s};" for s in stores) + " }\n"
    return " {\n" + "".join(f"            {s};\n" for s in stores) + "        }\n"


def _places(source: random.Random) -> list[tuple[str, str, str]]:
    """Return some places: name, type, value."""
    all_places = [
        ("at", "int", "i"), ("at", "int", "i"), ("at", "long", "i"), ("at", "short", "(short)i"),
        ("last", "int", "n - i"), ("label", "int", "key[i]"), ("seen", "int", "1"),
        ("other", "double", "a[i] * 2.0"), ("byte", "unsigned char", "i"),
    ]  # fmt: skip
    found = source.sample(all_places, source.randrange(1, 4))
    return list({name: (name, ctype, value) for name, ctype, value in found}.values())


def _plain(source: random.Random, element: str, best: str) -> str:
    places = _places(source)
    value = source.choice(("a[i]", "a[i]", "a[n - 1 - i]", "t"))
    out = f"    {best} top = {_initial(source, best)};\n"
    out += "".join(f"    {ctype} {name} = -7;\n" for name, ctype, _ in places)
    outside = value == "t" and source.random() < 0.5
    out += f"    {element} t;\n" if outside else ""
    out += f"    {_header(source, 'i', 'n')} {{\n"
    if value == "t":
        out += f"        {'' if outside else element + ' '}t = a[i];\n"
    out += f"        if ({_condition(source, value, 'top', 'i')})"
    out += _branch(source, [f"top = {value}", *(f"{p} = {v}" for p, _, v in places)])
    out += "    }\n"
    return out + _print("top", [name for name, _, _ in places])


def _nest(source: random.Random, element: str, best: str) -> str:
    out = f"    {best} top = {_initial(source, best)};\n    int bi = -1, bj = -1, rows = n / 7;\n"
    triangle = source.random() < 0.3
    stores = ["top = a[i * 7 + j]", "bi = i", "bj = j"]
    if source.random() < 0.3:
        stores[1] = "bi = i * 7 + j"
    columns = "i + 1" if triangle else "7"
    braces = source.random() < 0.4
    rows = "(rows < 7 ? rows : 7)" if triangle else "rows"
    out += f"    {_header(source, 'i', rows)}{' {' if braces else ''}\n"
    if braces and source.random() < 0.5:
        out += "        int row = i; (void)row;\n"
    out += f"        {_header(source, 'j', columns)}\n"
    condition = _condition(source, "a[i * 7 + j]", "top", "j")
    out += f"        if ({condition}){_branch(source, stores)}"
    out += "    }\n" if braces else ""
    return out + _print("top", ["bi", "bj"])


def _macro(source: random.Random, element: str, best: str) -> str:
    header = _header(source, "i", "n")
    out = f"    {best} top = {_initial(source, best)};\n    long at = -3;\n    {header} {{\n"
    return out + "        KEEP(a[i], i, top, at)\n    }\n" + _print("top", ["at"])


def _global(source: random.Random, element: str, best: str) -> str:
    header, condition = _header(source, "i", "n"), _condition(source, "a[i]", "shared_best", "i")
    if element == "long":
        condition = condition.replace("a[i]", "(double)(int)a[i]")
    value = "(double)(int)a[i]" if element == "long" else "a[i]"
    out = f"    shared_best = {_initial(source, 'double')};\n    shared_at = -1;\n    if (n != 2)\n"
    out += f"    {header}\n        if ({condition})"
    out += _branch(source, [f"shared_best = {value}", "shared_at = i"])
    return out + _print("shared_best", ["shared_at"])


def _print(best: str, places: list[str]) -> str:
    formats = " ".join(["%a", *("%g" for _ in places)])
    values = ", ".join([f"(double){best}", *(f"(double){p}" for p in places)])
    return f'    printf(" {formats}\\n", {values});\n'
