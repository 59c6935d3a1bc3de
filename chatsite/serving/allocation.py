"""What glibc keeps of freed memory: bounded, because by default it is most of what a site that was busy holds.

Two habits of its allocator add up under this load. Each request has a thread of its own for a moment, and glibc makes
up to eight heaps a core for threads, each of which keeps what its busiest moment took. And the first large block that
is freed (a password's hash takes 16 MB) raises the size from which blocks go back to the system to that size, so that
every heap a password was checked in keeps as much. After four sign-ups and 1200 pages a site had 171 MB, of which 48
were free; with these bounds it has 111 (`mallopt(3)`; `malloc_info(3)` tells).
"""

from __future__ import annotations

import ctypes

ARENAS = 2
"""Heaps: the main one, and one for all threads, which seldom allocate at once: Python's lock is between them."""
LARGE = 1024 * 1024
"""Bytes: such a block goes back to the system when it is freed, and so does what is free at the end of a heap."""
# glibc's malloc.h
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_little() -> None:
    """Set the bounds, for the whole process, before its first thread. Where there is no `mallopt`, nothing is done."""
    tell = getattr(ctypes.CDLL(None), "mallopt", None)
    if tell is not None:
        for name, value in ((_ARENA_MAX, ARENAS), (_MMAP_THRESHOLD, LARGE), (_TRIM_THRESHOLD, LARGE)):
            tell(name, value)
