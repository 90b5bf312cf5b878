"""Who is in the class: `students.csv` with id, first_name, last_name, email, lms_user_id."""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from grading.lms.layouts import Found
from grading.record import plain
from helpers.notebook_file import text_of

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")


class BadRoster(ValueError):
    """The roster cannot be used; the text says why, and in which line."""


@dataclass(frozen=True)
class Person:
    """A student of the roster."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def called(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def read_roster(path: Path) -> list[Person]:
    """The people of a CSV file, by commas, semicolons or tabs, as Excel saves it, too.

    Raises:
        BadRoster: a line is wrong, or an id is there twice.
        OSError: the file cannot be read.
    """
    try:
        text = text_of(path.read_bytes())
    except UnicodeDecodeError as error:
        raise BadRoster(f"{path.name} is no text") from error
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=max(",;\t", key=head.count))
    names = [(name or "").strip().lower() for name in rows.fieldnames or []]
    if "id" not in names:
        raise BadRoster(
            f"{path.name}: the first line must name the columns {', '.join(COLUMNS)}; "
            f"id must be among them, but it has {', '.join(names) or 'nothing'}"
        )
    rows.fieldnames = names
    people: dict[str, Person] = {}
    numbers: dict[str, str] = {}
    for row in rows:
        values = {name: (row.get(name) or "").strip() for name in COLUMNS}
        if not any(values.values()):
            continue
        where = f"{path.name}, line {rows.line_num}"
        if plain(values["id"]) != values["id"]:
            raise BadRoster(
                f"{where}: {values['id']!r} cannot be an id; use letters, digits, "
                "dots, hyphens and the like"
            )
        if values["id"] in people:
            raise BadRoster(f"{where}: the id {values['id']} is there twice")
        number = values["lms_user_id"]
        if number and numbers.setdefault(number, values["id"]) != values["id"]:
            raise BadRoster(
                f"{where}: {values['id']} and {numbers[number]} have the same lms_user_id {number}"
            )
        people[values["id"]] = Person(**values)
    return list(people.values())


def key(name: str) -> str:
    """A name without case, accents, blanks and punctuation."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[\W_]+", "", "".join(c for c in decomposed if not unicodedata.combining(c)))


def place(found: Sequence[Found], people: Sequence[Person]) -> tuple[dict[str, str], list[str]]:
    """The student's id for each person of a download, by `who`; and whom nobody can tell, and why.

    The system's number, a user name or an e-mail address decide. A name decides only where one
    person of the class and one of the download have it.
    """
    persons = {who(f): f for f in found}
    if not people:
        return without_roster(persons)
    by_number = {person.lms_user_id: person.id for person in people if person.lms_user_id}
    by_login = {
        word.casefold(): person.id
        for person in people
        for word in (person.id, person.email, person.email.partition("@")[0])
        if word
    }
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    for person in people:
        for name in (person.first_name + person.last_name, person.last_name + person.first_name):
            if name:
                by_name[key(name)].add(person.id)
    has_number = {person.id for person in people if person.lms_user_id}
    ids: dict[str, str] = {}
    unplaced: list[str] = []
    for one, f in persons.items():
        sure = (
            by_number.get(f.number) or by_login.get(f.login.casefold()) or (by_login.get(f.number))
        )
        named = by_name.get(key(f.name), set()) if f.name else set()
        if f.number:  # whoever has another number is somebody else
            named = named - has_number
        same = [other for other, g in persons.items() if key(g.name) == key(f.name) and f.name]
        if sure:
            ids[one] = sure
        elif len(named) == 1 and len(same) == 1:
            ids[one] = next(iter(named))
        elif len(named) > 1 or (named and len(same) > 1):
            unplaced.append(
                f"{describe(f)}: {max(len(named), len(same))} people have this name. "
                "Write their numbers into the roster's column lms_user_id"
            )
        else:
            unplaced.append(f"{describe(f)}: not in the roster")
    twice = {i for i in ids.values() if list(ids.values()).count(i) > 1}
    for one in [one for one, student in ids.items() if student in twice]:
        unplaced.append(f"{describe(persons[one])}: not the only one who would be {ids.pop(one)}")
    return ids, unplaced


def without_roster(persons: dict[str, Found]) -> tuple[dict[str, str], list[str]]:
    """User names and folders are ids, and so are the system's numbers; names are none."""
    ids, unplaced = {}, []
    for one, f in persons.items():
        if f.login or f.number:
            ids[one] = plain(f.login or f.number)
        else:
            unplaced.append(
                f"{describe(f)}: a name alone is no id. Give a roster: ROSTER=students.csv"
            )
    return ids, unplaced


def who(found: Found) -> str:
    """What tells one person of a download from another."""
    return found.number or found.login or found.name


def describe(found: Found) -> str:
    """A person of a download in words."""
    return " ".join(
        filter(None, [found.name or found.login, found.number and f"(number {found.number})"])
    )
