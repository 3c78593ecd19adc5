# SPDX-License-Identifier: Apache-2.0
"""The manual: pages of remarks (Markdown files of the package) and of passes (their docstrings)."""

from __future__ import annotations

import inspect
import re
from dataclasses import MISSING, fields
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from s2s.errors import UsageError
from s2s.passes import PASSES, pass_class

HEADINGS = ("What it means", "Example", "Why it matters", "What you can do")
"""The sections of every page of a remark, in this order."""

_CODE = re.compile(r"S2S\d{3}")
_TITLE = re.compile(r"# (S2S\d{3}): (.+)")
_KIND = re.compile(r"^Kind: (passed|missed|analysis)$", re.MULTILINE)


@cache
def remark_pages() -> dict[str, str]:
    """Return the text of every page by its code, in the order of the codes."""
    folder = files("s2s") / "remarks"
    names = sorted(entry.name for entry in folder.iterdir())
    found = {name.removesuffix(".md") for name in names if name.endswith(".md")}
    codes = sorted(code for code in found if _CODE.fullmatch(code))
    return {code: (folder / f"{code}.md").read_text(encoding="utf-8") for code in codes}


def title_of(page: str) -> str:
    """Return what a page's first line says after the code."""
    match = _TITLE.match(page)
    assert match is not None, page[:80]
    return match[2]


def kind_of(page: str) -> str:
    """Return the kind of a page's remark: passed, missed or analysis."""
    match = _KIND.search(page)
    assert match is not None, page[:80]
    return match[1]


def page_of(topic: str) -> str:
    """Return the page of a remark (``S2S204``, ``s2s204`` or ``204``) or of a pass, as Markdown.

    Raises UsageError for anything else, with what may have been meant.
    """
    pages = remark_pages()
    code = f"S2S{topic}" if topic.isdigit() else topic.upper()
    if code in pages:
        return pages[code]
    if topic in PASSES:
        return _pass_page(topic)
    close = get_close_matches(code, pages, n=3) + get_close_matches(topic.lower(), PASSES, n=2)
    meant = f"did you mean {', '.join(close)}? " if close else ""
    raise UsageError(
        f"there is no remark or pass '{topic}'", hint=f"{meant}'s2s explain --list' shows all"
    )


def index() -> str:
    """Return docs/remarks.md: all codes, grouped by kind, with links to their pages."""
    lines = [_INDEX_HEAD]
    for kind, heading in (("passed", "Passed"), ("missed", "Missed"), ("analysis", "Analysis")):
        mine = {code: page for code, page in remark_pages().items() if kind_of(page) == kind}
        if mine:
            lines += [f"## {heading}", ""]
            lines += [
                f"- [{code}](../s2s/remarks/{code}.md): {title_of(page)}"
                for code, page in mine.items()
            ]
            lines.append("")
    return "\n".join(lines)


def pass_summary(name: str) -> str:
    """Return the first paragraph of a pass's docstring, on one line."""
    return inspect.getdoc(pass_class(name)).split("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]


def pass_options_of(name: str) -> list[tuple[str, str, str]]:
    """Return (option, type, default) of the options of a pass, written as for ``-P``."""
    cls: Any = pass_class(name)
    out = []
    for field in fields(cls):
        default = "" if field.default is MISSING else field.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        out.append((field.name.replace("_", "-"), str(field.type), shown))
    return out


def _pass_page(name: str) -> str:
    text = inspect.getdoc(pass_class(name)) or ""
    lines = [f"# {name}", "", text, ""]
    options = pass_options_of(name)
    if options:
        lines += ["## Options", ""]
        lines += [f"- `{option}` ({kind}, default `{value}`)" for option, kind, value in options]
        lines += ["", f"Set with `-P '{name}{{{options[0][0]}=…}}'`.", ""]
    return "\n".join(lines)


_INDEX_HEAD = """\
# Remarks

<!-- Written by `s2s explain --index > docs/remarks.md`; a test checks that it is in step. -->

A remark is what s2s says about your code: `passed` (it did something), `missed` (it did not, and
why) or `analysis` (a fact that is worth knowing). The code in brackets is stable: it will not mean
anything else in a later version, so that scripts may rely on it.

```
missed[S2S204]: loop carries a flow dependence of distance 1 on 'a'
 --> smooth.c:12:5
12 |     for (i = 1; i < n; i++) a[i] = 0.5*(a[i-1] + b[i]);
   |     ^^^
   = help: …
```

`s2s explain S2S204` shows the page of a code, `s2s explain --list` all codes. `--remarks=missed`
(or any list of the three kinds) chooses which are printed; `--report r.json` holds all of them.
"""
