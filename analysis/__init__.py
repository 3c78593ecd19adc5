# SPDX-License-Identifier: Apache-2.0
"""Analyses: pure functions from the immutable IR to immutable facts."""
