# SPDX-License-Identifier: Apache-2.0
"""The documents are whole: links lead somewhere, codes have pages, passes have manual pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run_script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of the tree and return what became of it."""
    command = [sys.executable, str(ROOT / "scripts" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_links_lead_somewhere_and_remark_codes_have_pages() -> None:
    done = run_script("check_docs.py")
    assert done.returncode == 0, done.stderr


def test_every_pass_has_a_manual_page(tmp_path: Path) -> None:
    out = tmp_path / "docs"
    done = run_script("build_docs.py", str(out))
    assert done.returncode == 0, done.stderr
    from s2s.passes import PASSES

    assert {path.stem for path in (out / "passes").glob("*.md")} == {"index", *PASSES}
