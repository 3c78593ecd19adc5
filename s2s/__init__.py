# SPDX-License-Identifier: Apache-2.0
"""s2s: from serial C to OpenMP offload, proved before and checked after.

``s2s offload file.c -o file_omp.c`` on the command line; :mod:`s2s.driver` from Python.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str
else:

    def __getattr__(name: str) -> str:
        """Return the installed version when asked for it.

        Lazily, as importlib.metadata costs more time than all else that ``s2s --help`` imports.
        Raises AttributeError for every other name.
        """
        if name != "__version__":
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("s2s")
        except PackageNotFoundError:  # a source tree that was never installed
            return "0+unknown"
