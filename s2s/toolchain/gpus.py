# SPDX-License-Identifier: Apache-2.0
"""The GPUs of this machine, or of one that a launcher leads to, as architectures to build for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from s2s.toolchain.command import ANSWER_SECONDS, tool_output

_ASK_NVIDIA = ("nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader")
_COMPUTE_CAPABILITY = re.compile(r"^\s*(\d+)\.(\d)\s*$", re.MULTILINE)
_GFX_VERSION = re.compile(r"^gfx_target_version (\d+)$", re.MULTILINE)
_KFD_NODES = Path("/sys/class/kfd/kfd/topology/nodes")


def gpus_here() -> tuple[str, ...]:
    """Return the architectures of this machine's GPUs (``sm_90``, ``gfx90a``), each once."""
    return tuple(dict.fromkeys((*nvidia_gpus(), *_amd_gpus())))


def nvidia_gpus(launcher: Sequence[str] = (), timeout: float = ANSWER_SECONDS) -> tuple[str, ...]:
    """Return the architectures of the NVIDIA GPUs where ``launcher`` leads; none if it fails."""
    answer = tool_output([*launcher, *_ASK_NVIDIA], timeout) or ""
    found = (f"sm_{major}{minor}" for major, minor in _COMPUTE_CAPABILITY.findall(answer))
    return tuple(dict.fromkeys(found))


def _amd_gpus() -> tuple[str, ...]:
    """Read what the driver tells; the processor is a node, too, of version 0."""
    texts = [node.read_text(errors="replace") for node in sorted(_KFD_NODES.glob("*/properties"))]
    versions = (int(m[1]) for m in map(_GFX_VERSION.search, texts) if m is not None)
    return tuple(dict.fromkeys(gfx_name(version) for version in versions if version > 0))


def gfx_name(version: int) -> str:
    """Return the name of a ``gfx_target_version``: 90010 is major 9, minor 0, stepping 10."""
    major, minor, stepping = version // 10000, version // 100 % 100, version % 100
    return f"gfx{major}{minor:x}{stepping:x}"
