# SPDX-License-Identifier: Apache-2.0
"""Checks that run nothing (T0): structure, interface, implicit mappings, kernels of GPUs."""
