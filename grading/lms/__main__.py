"""`python -m grading.lms collect|return`, or `make collect` and `make return`."""

import argparse
import sys
from pathlib import Path

from grading.lms.collect import Collected, collect
from grading.lms.give_back import SHEETS, BadSheet, give_back
from grading.lms.layouts import LAYOUTS
from grading.lms.roster import BadRoster, read_roster
from grading.lms.unpack import Unpackable
from grading.record import Course, printable


def main(line: list[str] | None = None) -> int:
    """Run the command: 0, or 1 if something is left out or strange, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m grading.lms", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    come = commands.add_parser("collect", help="put a download into submitted/")
    come.add_argument("assignment")
    come.add_argument("download", type=Path, help="a zip archive, or a folder")
    come.add_argument("--from", dest="layout", default="", metavar="|".join(LAYOUTS))
    come.add_argument("--roster", type=Path, help="students.csv (used if it is there)")
    come.add_argument("--sheet", type=Path, help="Moodle's grading worksheet, for the times")
    go = commands.add_parser("return", help="write the grades and pages for upload")
    go.add_argument("assignment")
    go.add_argument("--to", default="plain", metavar="|".join(SHEETS))
    go.add_argument("--sheet", default="", help="the system's own file, to be filled in")
    go.add_argument("--column", default="", help="the assignment's column in Canvas's file")
    options = parser.parse_args(line)
    try:
        course = Course(Path.cwd())
        if options.command == "return":
            for path in give_back(
                course, options.assignment, options.to, options.sheet, options.column
            ):
                print(path)
            return 0
        roster = options.roster or course.root / "students.csv"
        people = read_roster(roster) if options.roster or roster.is_file() else []
        return tell(
            collect(
                course, options.assignment, options.download, options.layout, people, options.sheet
            )
        )
    except (Unpackable, BadRoster, BadSheet, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def tell(told: Collected) -> int:
    """Say what came of a download; the exit code."""
    print(
        f"a download of {told.layout}: {len(told.new)} new, {len(told.same)} unchanged, "
        f"{len(told.older)} older than what is there"
    )
    for words, students in (
        ("new", told.new),
        ("older, left out", told.older),
        ("late, as the system says", told.late),
    ):
        if students:
            print(f"{words}: {', '.join(map(printable, students))}")
    for words, entries in (
        ("nobody could be found for", told.unplaced),
        ("left out", told.refused),
        ("called after another assignment, is this the right download?", told.strange),
    ):
        for entry in entries:
            print(f"{words} {printable(entry)}", file=sys.stderr)
    return 1 if told.unplaced or told.refused or told.strange else 0


if __name__ == "__main__":
    sys.exit(main())
