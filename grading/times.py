"""When a submission was handed in, as its `timestamp.txt` says."""

import re
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from helpers.notebook_file import text_of

UNKNOWN = "timestamp.txt could not be read, so it is not known when this was handed in."
SECONDS = re.compile(r"\d{9,10}(?:\.\d+)?|\d{12,13}")  # since 1970, or milliseconds


def time_of(folder: Path) -> tuple[str, str]:
    """The time in the form that nbgrader reads, and a remark where there is one but no time."""
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return "", ""
    try:
        text = text_of(path.read_bytes()[:1000]).strip()
        if SECONDS.fullmatch(text):
            number = float(text)
            moment = datetime.fromtimestamp(number / (1000 if number > 1e11 else 1), UTC)
        elif re.search(r"\b(?:19|20)\d\d\b", text):
            moment = parse_utc(text)
        else:  # dateutil takes "10" for a day of this month
            return "", UNKNOWN
    except (OSError, ValueError, OverflowError, TypeError):
        return "", UNKNOWN
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds") + " UTC", ""
