# SPDX-License-Identifier: Apache-2.0
"""Compilers and runtimes of this machine: commands and capabilities only."""
