"""Outputs of cells as a notebook stores them."""

import base64
from typing import Any

MOST_OUTPUT = 100_000  # characters of a cell's text that are kept
MOST_IMAGE = 2_000_000  # characters of a base64 picture
CUT = "\n... (cut after {:,} characters)"


def error_output(name: str, value: str, lines: list[str]) -> dict:
    """An error as a notebook stores it."""
    return {
        "output_type": "error",
        "ename": name,
        "evalue": value[:MOST_OUTPUT],
        "traceback": [line[:MOST_OUTPUT] for line in lines or [f"{name}: {value}"]],
    }


def stream(name: str, text: str) -> dict | None:
    """Text output as a notebook stores it; None if there is none."""
    if len(text) > MOST_OUTPUT:
        text = text[:MOST_OUTPUT] + CUT.format(MOST_OUTPUT)
    return {"output_type": "stream", "name": name, "text": text} if text else None


def shown(output: Any) -> dict | None:
    """A picture or another rich output as a notebook stores it; None if it is too large."""
    data = {}
    for kind, value in output.data.items():
        value = base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
        if len(value) <= (MOST_IMAGE if kind.startswith("image/") else MOST_OUTPUT):
            data[kind] = value
    meta = {k: v for k, v in (output.metadata or {}).items() if isinstance(v, dict)}
    return {"output_type": "display_data", "data": data, "metadata": meta} if data else None
