"""How learning management systems name what they let an instructor download.

Moodle: `mod/assign`, "Download all submissions" (its feedback/file/importziplib.php reads the same
names back). Canvas: `lib/content_zipper.rb`. Blackboard Learn: "Assignment File Download". Google
Classroom: the assignment's folder in Drive. Plain: a folder for each student.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from grading.lms.unpack import Piece, Unpackable


@dataclass(frozen=True)
class Found:
    """A file with what its name tells: the person, the attempt, and what a reply is to be called.

    `number` is the system's own for the person; `login` a user name; `name` as it is written there.
    """

    piece: Piece
    file: str
    name: str = ""
    number: str = ""
    login: str = ""
    attempt: str = ""
    late: bool = False
    reply: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class Layout:
    """A system: the pattern of the places of its files."""

    name: str
    pattern: re.Pattern

    def read(self, piece: Piece, place: str) -> Found | None:
        """What a file's place says, or `None`."""
        match = self.pattern.fullmatch(place)
        if not match:
            return None
        parts = {key: value or "" for key, value in match.groupdict().items()}
        moment = piece.moment
        if parts.get("time"):
            moment = datetime.strptime(parts["time"], "%Y-%m-%d-%H-%M-%S").astimezone(UTC)
        return Found(
            piece,
            parts.get("file") or parts.get("flat", ""),
            parts.get("name", ""),
            parts.get("number", ""),
            parts.get("login", ""),
            parts.get("attempt") or parts.get("time", ""),
            bool(parts.get("late")),
            parts.get("reply", ""),
            moment,
        )


LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            "moodle",
            re.compile(
                r"(?P<reply>(?P<name>[^_/]+)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext))"
                r"(?:_?/(?P<file>.+)|_(?P<flat>[^/]+))"
            ),
        ),
        Layout(
            "blackboard",
            re.compile(
                r"(?P<reply>[^/]+_(?P<login>[^_/]+)_attempt_(?P<time>\d{4}(?:-\d\d){5}))"
                r"(?:_(?P<file>[^/]+)|\.txt)"
            ),
        ),
        Layout(
            "canvas",
            re.compile(
                r"(?P<reply>(?P<name>[^/]*?)(?P<late>_LATE)?_(?P<number>\d+)_(?P<attempt>\d+))"
                r"_(?P<file>[^/]+)"
            ),
        ),
        Layout("google", re.compile(r"(?:[^/]+/)*(?P<reply>(?P<name>[^/]+?) - )(?P<file>[^/]+)")),
        Layout("plain", re.compile(r"(?P<reply>(?P<login>[^/]+))/(?P<file>.+)")),
    )
}


def read(pieces: Sequence[Piece], wanted: str = "") -> tuple[str, list[Found], list[Piece]]:
    """The layout of a download (the `wanted` one, or the first that fits every notebook), its
    files, and those that do not fit.

    Raises:
        Unpackable: no layout fits, or there is no such layout.
    """
    if wanted and wanted not in LAYOUTS:
        raise Unpackable(f"there is no layout {wanted}; there are {', '.join(LAYOUTS)}")
    notebooks = [piece for piece in pieces if ".ipynb" in piece.place.lower()]
    if not notebooks:
        raise Unpackable("there is no notebook in it")
    for name in [wanted] if wanted else LAYOUTS:
        for depth in (1, 0):  # some archives put all into one folder
            places = {id(p): p.place.split("/", depth)[-1] for p in pieces}
            tops = {p.place.split("/")[0] for p in notebooks}
            below = {places[id(p)].split("/")[0] for p in notebooks if "/" in places[id(p)]}
            if depth and (len(tops) > 1 or name == "plain" and len(below) < 2):
                continue
            found = {id(p): LAYOUTS[name].read(p, places[id(p)]) for p in pieces}
            if all(found[id(p)] for p in notebooks):
                return (
                    name,
                    [f for f in found.values() if f and f.file],
                    [p for p in pieces if not found[id(p)]],
                )
    some = ", ".join(piece.place for piece in notebooks[:3])
    raise Unpackable(
        f"it is no {wanted or 'download that is known'}: it holds {some}. Say which "
        f"one it is (FROM={'|'.join(LAYOUTS)}), or put each student's files into a "
        "folder that has the student's id as its name"
    )
