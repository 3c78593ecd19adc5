# SPDX-License-Identifier: Apache-2.0
"""Front ends: from the bytes of a file to the IR."""
