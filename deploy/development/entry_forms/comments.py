"""What the comments of the protos say of messages, fields and words, by their full names."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2

IMAGE = Path(__file__).parent.parent / "image"
#: What the comment of a field says of whether it is needed; the page says it in its own way.
_NEED = re.compile(r"(?:^|(?<=\.) )(?:Required|Optional)(?:\.(?= |$)|[,;] )")


def comments() -> dict[str, str]:
    """The comment of each message, field, enum and enum value of the protos, in one line."""
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder, "image.binpb")
        subprocess.run([IMAGE, sys.executable, image, "--include_source_info"], check=True)  # noqa: S603
        files = descriptor_pb2.FileDescriptorSet.FromString(image.read_bytes()).file
    return dict(_told(files))


def without_need(comment: str) -> str:
    """The comment without the sentences `Required.` and `Optional.`, and without the words
    where a sentence goes on: `Required, up to 200 bytes.`
    """
    return " ".join(_capital(each) for each in _NEED.sub("\n", comment).split("\n") if each)


def _capital(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def _told(files: Any) -> Iterator[tuple[str, str]]:
    for file in files:
        if not file.package.startswith("diplomatic_ledger"):
            continue
        for place in file.source_code_info.location:
            name = _name(file, list(place.path))
            if name and place.leading_comments:
                yield f"{file.package}.{name}", " ".join(place.leading_comments.split())


def _name(file: Any, path: list[int]) -> str:
    """The name of what stands at a path of a file; empty for other things than types and what
    they are made of.
    """
    names: list[str] = []
    holder: Any = file
    for number, index in zip(path[::2], path[1::2], strict=False):
        field = holder.DESCRIPTOR.fields_by_number[number].name
        if field not in ("message_type", "enum_type", "field", "nested_type", "value"):
            return ""
        holder = getattr(holder, field)[index]
        names.append(holder.name)
    return "" if len(path) % 2 else ".".join(names)
