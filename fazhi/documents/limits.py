"""What a report file may cost: generous for any real report, deadly for none."""

from __future__ import annotations

MAX_BYTES = 20_000_000  # of the file
MAX_LINE_CHARACTERS = 100_000
MAX_CHARACTERS = MAX_BYTES  # of the text read from it

MAX_CPU_SECONDS = 20  # for one file
MAX_SECONDS = 120  # on the clock, where others keep the processor busy
MAX_MEMORY_BYTES = 512 << 20  # address space of the process that reads it; reports take 60 MB

MAX_PAGES = 500  # of a PDF
MAX_PAGE_CHARACTERS = 50_000

MAX_ENTRIES = 10_000  # of a Word file, which is a ZIP archive
MAX_UNPACKED_BYTES = 200_000_000
MAX_RATIO = 200  # unpacked to packed, of any entry beyond a megabyte
