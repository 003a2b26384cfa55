"""entry_forms check|write: what is told of entry files, made from the comments of the protos.

`write` makes docs/entry-files.md, and the JSON Schema that ledgerctl ships. `check` says
whether they are those of the protos.
"""

from __future__ import annotations

import sys
from pathlib import Path

from deploy.development.entry_forms.comments import comments
from deploy.development.entry_forms.page import page
from deploy.development.entry_forms.schema import schema

PAGE = Path("docs/entry-files.md")
_COMMAND = "python -m deploy.development.entry_forms write"
SCHEMA = Path("clients/python/diplomatic_ledger/cli/entry-file.schema.json")


def main() -> int:
    told = comments()
    made = {PAGE: page(told), SCHEMA: schema(told)}
    if sys.argv[1:] == ["write"]:
        for file, text in made.items():
            file.write_text(text, encoding="utf-8")
        return 0
    stale = [
        file
        for file, text in made.items()
        if not file.exists() or file.read_text(encoding="utf-8") != text
    ]
    for file in stale:
        sys.stderr.write(f"{file} is not that of the protos. Run: {_COMMAND}\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
