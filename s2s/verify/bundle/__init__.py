# SPDX-License-Identifier: Apache-2.0
"""One archive that runs a program on another machine, and what comes back from there.

``contents`` builds what goes in, ``libraries`` finds the shared libraries, ``plan`` writes the
table that the judge (``runtime/judge``) is compiled with, ``archive`` packs, ``result`` reads what
the judge wrote.
"""
