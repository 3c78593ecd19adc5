# SPDX-License-Identifier: Apache-2.0
"""``python -m s2s`` is ``s2s``."""

from s2s.cli import main

if __name__ == "__main__":
    main()
