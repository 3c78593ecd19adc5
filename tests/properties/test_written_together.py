# SPDX-License-Identifier: Apache-2.0
"""What several loops write of an array, against enumeration: ``from`` only if it is all of it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings, strategies as st

from s2s.driver import OffloadOptions, offload
from s2s.ir.plan import MapType

ROWS, COLUMNS = 4, 3
Box = tuple[int, int, int, int]


def boxes() -> st.SearchStrategy[Box]:
    """Return half-open ranges of rows and columns; whole ones are likely."""
    rows = st.sampled_from([(0, 4), (0, 4), (0, 2), (2, 4), (1, 4), (0, 1), (0, 3), (3, 4)])
    columns = st.sampled_from([(0, 3), (0, 3), (0, 3), (0, 2), (2, 3), (1, 3)])
    return st.tuples(rows, columns).map(lambda b: (*b[0], *b[1]))


def elements(box: Box) -> set[tuple[int, int]]:
    return {(i, j) for i in range(box[0], box[1]) for j in range(box[2], box[3])}


def loop(box: Box, body: str) -> str:
    return (
        f"    for (int i = {box[0]}; i < {box[1]}; i++)\n"
        f"        for (int j = {box[2]}; j < {box[3]}; j++)\n"
        f"            {body}\n"
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(boxes(), min_size=2, max_size=4), boxes(), st.integers(0, 4))
def test_array_is_not_copied_in_only_if_all_of_it_is_written_first(
    written: list[Box], read: Box, place: int
) -> None:
    place = min(place, len(written))
    loops = [loop(box, f"a[i][j] = i + {k}.5 * j;") for k, box in enumerate(written)]
    loops.insert(place, loop(read, "b[i][j] = 0.5 * a[i][j];"))
    text = (
        f"double a[{ROWS}][{COLUMNS}], b[{ROWS}][{COLUMNS}];\n"
        "void f(void)\n{\n" + "".join(loops) + "}\n"
    )
    before = set[tuple[int, int]]().union(*(elements(b) for b in written[:place]))
    everything = set[tuple[int, int]]().union(*(elements(b) for b in written))
    needs_old = not elements(read) <= before or len(everything) < ROWS * COLUMNS

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "program.c"
        path.write_text(text)
        options = OffloadOptions(
            pass_options={"offload-loops": {"minimum-work": "0"}}, thresholds=False
        )
        plan = offload(path, options).plan

    (data,) = plan.data
    (item,) = [m for m in data.maps if m.variable == "a"]
    rows = [row for box in (*written, read) for row in (box[0], box[1])]
    section_is_whole = min(rows) == 0 and max(rows) == ROWS
    if section_is_whole:
        assert (item.map_type is MapType.TOFROM) == needs_old, text
    elif item.map_type is MapType.FROM:
        mapped = {(i, j) for i in range(min(rows), max(rows)) for j in range(COLUMNS)}
        assert mapped <= everything and elements(read) <= before, text
