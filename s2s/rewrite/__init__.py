# SPDX-License-Identifier: Apache-2.0
"""Edits of the user's bytes."""
