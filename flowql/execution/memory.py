"""Memory of arrays: what one lets go of is kept for the next one.

Owns the one word to the C library about it. glibc hands a block of 128 KiB or more back to the system when it
is freed, so that the next one of that size is made of new pages, each of which is a fault: sums over four
million rows took some thousand of them. It stops to do so for blocks up to the greatest that was freed so
far, of 32 MiB at most.
"""

import numpy as np

_KEPT_BYTES = (32 << 20) - (64 << 10)
"""Just below what glibc goes along with, its own header included."""


def keep_freed_blocks() -> None:
    """Have arrays of up to 32 MiB made of what others left, where the C library is glibc.

    Nothing is taken for it: the block that is freed here was never touched.
    """
    np.empty(_KEPT_BYTES, np.uint8)
