"""One line of the report on a notebook."""

import textwrap
from dataclasses import dataclass

GOOD, NOTE, BAD = "✓", "!", "✗"


@dataclass(frozen=True)
class Finding:
    """One line of the report, and what to do about it."""

    mark: str
    text: str
    step: str = ""

    def __str__(self) -> str:
        return f"{self.mark} {self.text}" + (f"\n    next: {self.step}" if self.step else "")


def as_text(line: Finding | str, width: int = 96) -> str:
    """A line of a report, broken between words where it is longer than a notebook is wide."""
    indents = (8, 2) if isinstance(line, Finding) else (0, 0)  # under the step, under the text
    return "\n".join(
        textwrap.fill(part, width, subsequent_indent=" " * indents[not part.startswith(" ")])
        for part in str(line).splitlines()
    )
