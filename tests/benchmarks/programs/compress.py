"""What compression would give: bytes a record, for records that lie in a file as lines.

python -m tests.benchmarks.programs.compress FILE
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

try:
    import zstandard
except ImportError:
    zstandard = None

BLOCK = 100


def sizes(lines: list[bytes]) -> dict[str, float]:
    blocks = [b"\n".join(lines[n : n + BLOCK]) for n in range(0, len(lines), BLOCK)]
    found = {"zlib for each record": _each(lines, zlib.compress) / len(lines)}
    found[f"zlib for blocks of {BLOCK}"] = _each(blocks, zlib.compress) / len(lines)
    if zstandard is not None:
        compress = zstandard.ZstdCompressor().compress
        found[f"zstd for blocks of {BLOCK}"] = _each(blocks, compress) / len(lines)
    return found


def _each(pieces: list[bytes], compress: Callable[[bytes], bytes]) -> int:
    return sum(len(compress(piece)) for piece in pieces)


if __name__ == "__main__":
    print(json.dumps(sizes(Path(sys.argv[1]).read_bytes().splitlines())))  # noqa: T201
