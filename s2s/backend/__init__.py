# SPDX-License-Identifier: Apache-2.0
"""Backends: from the plan to edits."""
