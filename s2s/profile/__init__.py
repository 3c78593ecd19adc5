# SPDX-License-Identifier: Apache-2.0
"""What offloaded programs move and launch, per source line."""
