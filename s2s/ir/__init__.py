# SPDX-License-Identifier: Apache-2.0
"""Immutable facts about a program and the plan that is made from them: data only."""
