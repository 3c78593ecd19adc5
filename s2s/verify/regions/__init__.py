# SPDX-License-Identifier: Apache-2.0
"""Compare every target region with its serial text (``--compare``)."""
