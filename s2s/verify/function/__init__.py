# SPDX-License-Identifier: Apache-2.0
"""Verify one function with generated inputs (``--function``)."""
