"""Put a download into `submitted/`, by nbgrader's `zip_collect` with a collector of our own."""

import csv
import hashlib
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from dateutil import parser
from nbgrader.apps import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import FileNameCollectorPlugin

from grading.files import write_whole
from grading.lms.layouts import Found, read
from grading.lms.roster import Person, place, who
from grading.lms.unpack import clear, unpack
from grading.record import Course, name_of_person
from grading.times import time_of
from helpers.notebook_file import text_of

AGAIN = re.compile(r"(?:-\d+| ?\(\d+\))(?=\.[^.]+$)")  # what is added to a second file of a name


@dataclass
class Collected:
    """What came of a download: whose is new, unchanged, or older than what is there; the rest."""

    layout: str = ""
    new: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)  # called after another assignment


class Prepared(FileNameCollectorPlugin):
    """Tells nbgrader what the layout and the roster have told of each file."""

    files: dict[str, dict] = {}

    def collect(self, submitted_file: str) -> dict | None:
        """What is known of a file by its place."""
        return self.files.get(submitted_file)


def collect(
    course: Course,
    name: str,
    source: Path,
    layout: str,
    people: Sequence[Person],
    sheet: Path | None = None,
) -> Collected:
    """Collect a download for an assignment; `sheet` is Moodle's worksheet, which has the times.

    Raises:
        Unpackable: the download cannot be read.
    """
    course.prepare(name)
    folder = clear(course.root / "downloaded" / name)
    try:
        pieces, refused = unpack(source, clear(folder / "archive"))
        told = Collected(refused=refused)
        told.layout, found, rest = read(pieces, layout)
        names = course.names()
        told.strange = [
            piece.place for piece in pieces if called_after(piece.place, names) not in (name, None)
        ]
        told.refused += [f"{piece.place}: belongs to nobody" for piece in rest]
        ids, told.unplaced = place(found, people)
        by_student: defaultdict[str, list[Found]] = defaultdict(list)
        for one in found:
            if who(one) in ids:
                by_student[ids[who(one)]].append(one)
        times = times_of(sheet) if sheet else {}
        state, chosen = read_state(course, name), {}
        downloaded = source.stat().st_mtime
        for student, files in sorted(by_student.items()):
            sort_out(
                course, name, student, last_attempt(files), times, state, chosen, told, downloaded
            )
        named = {ids[who(one)]: one.name for one in found if one.name and who(one) in ids}
        enrol(course, people or [Person(student, last_name=n) for student, n in named.items()])
        transfer(course, name, chosen, folder / "extracted")
        write_whole(state_path(course, name), json.dumps(state, indent=1))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return told


def called_after(place: str, names: Sequence[str]) -> str | None:
    """The assignment in a file's name: the longest, as one's name may be a part of another's."""
    return max((name for name in names if name in Path(place).name), key=len, default=None)


def last_attempt(files: Sequence[Found]) -> list[Found]:
    """The files of a person's last attempt, one of a name."""
    newest = max(f.moment or datetime.min.replace(tzinfo=UTC) for f in files)
    if all(f.login and f.attempt for f in files):  # Blackboard names the attempt by its time
        files = [f for f in files if f.moment == newest]
    kept: dict[str, Found] = {}
    for f in sorted(files, key=lambda f: (f.moment or newest, f.attempt.zfill(20), f.file)):
        kept[AGAIN.sub("", f.file).casefold()] = f
    return list(kept.values())


def sort_out(
    course: Course,
    name: str,
    student: str,
    files: Sequence[Found],
    times: dict,
    state: dict,
    chosen: dict,
    told: Collected,
    downloaded: float,
) -> None:
    """Decide whether these files are to be put where the student's are."""
    moments = [f.moment for f in files if f.moment]
    moment = times.get(files[0].number) or (max(moments) if moments else None)
    contents = hashlib.sha256(
        b"".join(
            hashlib.sha256(f.file.encode() + b"\0" + f.piece.path.read_bytes()).digest()
            for f in sorted(files, key=lambda f: f.file)
        )
    ).hexdigest()
    there = course.folder("submitted", student, name)
    known = state.get(student, {})
    before = time_of(there)[0]
    if any(f.late for f in files):
        told.late.append(student)
    if there.is_dir() and known.get("contents") == contents:
        told.same.append(student)
        return
    if there.is_dir() and (
        (moment and before and moment < parser.parse(before))
        or (not moment and downloaded < known.get("downloaded", 0))
    ):
        told.older.append(student)
        return
    told.new.append(student)
    chosen[student] = (files, moment)
    state[student] = {
        "contents": contents,
        "downloaded": downloaded,
        "layout": told.layout,
        "reply": files[0].reply,
        "number": files[0].number,
        "name": files[0].name,
    }


def transfer(course: Course, name: str, chosen: dict, folder: Path) -> None:
    """Let nbgrader's `zip_collect` copy the chosen files and write their times."""
    if not chosen:
        return
    clear(folder)
    app = ZipCollectApp(config=course.config)
    app.log.setLevel("ERROR")
    app.coursedir = CourseDirectory(config=course.config)
    app.coursedir.assignment_id, app.force = name, True
    plugin = Prepared(parent=app)
    plugin.files = {}
    for student, (files, moment) in chosen.items():
        for number, f in enumerate(files):
            path = folder / f"{len(plugin.files):06d}_{number}{Path(f.file).suffix}"
            shutil.copy(f.piece.path, path)
            plugin.files[str(path)] = {"student_id": student, "file_id": safe_name(f.file)} | (
                {"timestamp": moment.isoformat()} if moment else {}
            )
    app.collector_plugin_inst = plugin
    app.process_extracted_files()


def safe_name(file: str) -> str:
    """A file's name, or its place in folders, without what a file system does not take."""
    parts = [re.sub(r"[\x00-\x1f\x7f]", "_", part)[-120:] for part in file.split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def times_of(sheet: Path) -> dict[str, datetime]:
    """When each participant handed in, by number, as Moodle's worksheet says (its local time)."""
    times = {}
    for row in csv.DictReader(text_of(sheet.read_bytes()).splitlines()):
        number = re.search(r"\d+", row.get("Identifier") or "")
        try:
            moment = parser.parse(row.get("Last modified (submission)") or "", fuzzy=True)
        except (ValueError, OverflowError):
            continue
        if number:
            times[number[0]] = moment.astimezone(UTC)
    return times


def enrol(course: Course, people: Sequence[Person]) -> None:
    """Make people known to the gradebook."""
    with course.gradebook() as book:
        for person in people:
            book.update_or_create_student(
                person.id,
                first_name=name_of_person(person.first_name) or None,
                last_name=name_of_person(person.last_name) or None,
                email=name_of_person(person.email) or None,
                lms_user_id=name_of_person(person.lms_user_id) or None,
            )


def state_path(course: Course, name: str) -> Path:
    """Where it is kept what was collected for whom."""
    return course.root / ".grading" / f"{name}.collected.json"


def read_state(course: Course, name: str) -> dict:
    """What was collected before."""
    try:
        return json.loads(state_path(course, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
