# SPDX-License-Identifier: Apache-2.0
"""Whole programs: the user's own build (``--build``) and compilation databases (``-p``)."""
