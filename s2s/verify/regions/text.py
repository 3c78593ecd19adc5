# SPDX-License-Identifier: Apache-2.0
"""Write a copy of a program's text in which every target region also runs serially.

The copy calls the runtime of compare mode (``runtime/region.h``); lines keep their numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from s2s.verify.c_text import masked, without_directives
from s2s.verify.regions.items import Item, items_of
from s2s.verify.regions.scan import Region, regions_in_macros, regions_of

ITEMS_FILE = "s2s-items-"
"""Messages of the compiler on a region's items name this file with the region's number."""

_COMBINES = 1
_DECLARATIONS = (
    "void __s2s_region_begin(int, int) __attribute__((weak));"
    "int __s2s_region_serial(int) __attribute__((weak));"
    "void __s2s_region_item(const char *, int, const volatile void *, unsigned long, int, ...)"
    " __attribute__((weak));"
    "void __s2s_region_end(int) __attribute__((weak));"
)
_KINDS = {
    "float": "f",
    "double": "d",
    "long double": "l",
    "float _Complex": "c",
    "double _Complex": "z",
    **dict.fromkeys(("char", "signed char", "short", "int", "long", "long long"), "i"),
    **dict.fromkeys(
        (
            "_Bool",
            "unsigned char",
            "unsigned short",
            "unsigned",
            "unsigned long",
            "unsigned long long",
        ),
        "u",
    ),
}
_C_PRELUDE = (
    _DECLARATIONS
    + "\n#define __s2s_kind(x) _Generic((x), "
    + ", ".join(f"{name}: '{kind}'" for name, kind in _KINDS.items())
    + ", default: __builtin_classify_type(x) >= 12 ? 's' : 0)"
    "\n#define __s2s_whole(x) (__builtin_types_compatible_p(__typeof__(x), "
    "__typeof__(&(x)[0])) ? 0ul : (unsigned long)sizeof(x))\n"
)
_CXX_PRELUDE = (
    'extern "C" {'
    + _DECLARATIONS
    + "}\ntemplate <class T> struct __s2s_kind_of { enum { value = 0 }; };"
    + "".join(
        f"template <> struct __s2s_kind_of<{name.replace('_Bool', 'bool')}> "
        f"{{ enum {{ value = '{kind}' }}; }};"
        for name, kind in _KINDS.items()
    )
    + "\n#define __s2s_class(x) __is_class(x) || __is_union(x)"
    "\n#define __s2s_kind(x) (__s2s_class(__remove_cvref(__decltype((x)))) ? 's'"
    " : __s2s_kind_of<__remove_cvref(__decltype((x)))>::value)"
    + "\n#define __s2s_whole(x) (__is_array(__remove_cvref(__decltype((x)))) ? "
    "(unsigned long)sizeof(x) : 0ul)\n"
)


@dataclass(frozen=True, slots=True)
class ComparedRegion:
    """A region of a file and its number in the program; ``items`` are those to declare."""

    number: int
    file: str
    region: Region
    items: tuple[Item, ...]


def regions_in(text: bytes, file: str, first_number: int) -> tuple[ComparedRegion, ...]:
    """Return the regions of a file's text, numbered from ``first_number`` on."""
    mask = masked(text)
    found = (*regions_of(mask), *regions_in_macros(text, mask))
    return tuple(
        ComparedRegion(
            number,
            file,
            region,
            items_of(without_directives(mask, mask, region.statement, region.end), region.clauses)
            if not region.obstacle
            else (),
        )
        for number, region in enumerate(
            sorted(found, key=lambda region: region.begin), first_number
        )
    )


def instrumented(
    text: bytes,
    regions: Sequence[ComparedRegion],
    path: Path,
    *,
    is_cxx: bool,
    left_out: Collection[int] = (),
    items_left_out: Mapping[int, Collection[int]] | None = None,
    combines: bool = False,
) -> bytes:
    """Return the text that compare mode builds; ``path`` is where it will lie.

    ``left_out`` are the numbers of regions to leave as they are, ``items_left_out`` the indices of
    items of a region that do not compile. ``combines`` grants every region the tolerance of
    reductions, for compilers that are told to reorder sums.
    """
    mask = masked(text)
    out = [(_CXX_PRELUDE if is_cxx else _C_PRELUDE).encode(), _line(1, path)]
    done = 0
    for each in regions:
        region = each.region
        if region.obstacle or each.number in left_out or region.begin < done:
            continue
        skipped = (items_left_out or {}).get(each.number, ())
        calls = [
            _item_call(item) if index not in skipped else b""
            for index, item in enumerate(each.items)
        ]
        flags = _COMBINES if region.combines or combines else 0
        out += (
            text[done : region.begin],
            b"{ __s2s_region_begin(%d, %d);\n" % (each.number, flags),
            _line(region.line, path),
            text[region.begin : region.end],
            b"\nif (__s2s_region_serial(%d)) {\n" % each.number,
            _line(1, Path(f"{ITEMS_FILE}{each.number}")),
            b"\n".join(calls),
            b"\n",
            _line(region.line, path),
            without_directives(text, mask, region.begin, region.end),
            b"\n__s2s_region_end(%d); } }\n" % each.number,
            _line(region.line + text.count(b"\n", region.begin, region.end), path),
        )
        done = region.end
    return b"".join((*out, text[done:]))


def _line(number: int, path: Path) -> bytes:
    name = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'#line {number} "{name}"\n'.encode()


def _item_call(item: Item) -> bytes:
    steps = b"".join(
        b", (unsigned long)sizeof(%s), __s2s_whole(%s)" % (element, array)
        for array, element in item.subscripted
    )
    return (
        b'__s2s_region_item("%s", __s2s_kind(%s), (const volatile void *)&(%s), sizeof(%s), %d%s);'
        % (item.name, item.element, item.element, item.element, len(item.subscripted), steps)
    )
