"""Downloads of learning management systems go in, grades and pages go out, nobody is mixed up."""

import csv
import io
import os
import time
import zipfile
from datetime import UTC, datetime, timedelta

import nbformat
import pytest

from grading.feedback import page_of
from grading.intake import read_submission
from grading.learner.formats import error_output
from grading.lms.__main__ import main
from grading.lms.collect import collect
from grading.lms.give_back import BadSheet, SheetExport
from grading.lms.layouts import read
from grading.lms.roster import BadRoster, Person, place, read_roster
from grading.lms.unpack import Unpackable, date_of, unpack
from grading.record import Course
from grading.times import time_of
from helpers.notebook import kind_of
from helpers.notebook_file import Unreadable
from tests import course
from tests.classes import make_course, solved_release

NAME = "02_transposed_convolution"
ROSTER = """id,first_name,last_name,email,lms_user_id
ada,Ada,Berg,ada@school.org,101
ben,Ben,Dubois,ben@school.org,102
chen,Chen,Ito,chen@school.org,103
jose,José,Núñez,jose@school.org,104
sam1,Sam,Costa,sam1@school.org,
sam2,Sam,Costa,sam2@school.org,
"""
NOTEBOOK = f"{NAME}.ipynb"
MOODLE = [
    "Ada Berg_101_assignsubmission_file/" + NOTEBOOK,
    "Ben Dubois_102_assignsubmission_file_/" + NOTEBOOK,
    "Ben Dubois_102_assignsubmission_file_/photo.png",
    "Chen Ito_103_assignsubmission_file_" + NOTEBOOK,
    "Ada Berg_101_assignsubmission_onlinetext/onlinetext.html",
]
CANVAS = [
    f"bergada_101_5001_{NOTEBOOK}",
    f"bergada_101_5002_{NAME}-1.ipynb",
    f"duboisben_LATE_102_5003_{NOTEBOOK}",
    "duboisben_LATE_102_5004_photo.png",
    f"núñezjosé_104_5005_{NOTEBOOK}",
]
BLACKBOARD = [
    f"02 Transposed_ada_attempt_2026-11-19-08-00-00_{NOTEBOOK}",
    f"02 Transposed_ada_attempt_2026-11-20-10-15-00_{NOTEBOOK}",
    "02 Transposed_ada_attempt_2026-11-20-10-15-00.txt",
    f"02 Transposed_ben_attempt_2026-11-18-23-59-59_{NOTEBOOK}",
]
GOOGLE = [
    f"02 Transposed convolution/Ada Berg - {NOTEBOOK}",
    f"02 Transposed convolution/Jose\u0301 Nu\u0301n\u0303ez - {NOTEBOOK}",
]
PLAIN = [f"ada/{NOTEBOOK}", f"ben/{NAME}/{NOTEBOOK}", "ben/my_tools.py"]


def notebook(mark: str) -> bytes:
    """A solved notebook that can be told from others."""
    made = solved_release(NAME)
    made.cells.append(nbformat.v4.new_markdown_cell(mark))
    return nbformat.writes(made).encode()


def archive(path, places, moments=()):
    """A zip archive with a notebook or other bytes at each place."""
    with zipfile.ZipFile(path, "w") as file:
        for number, where in enumerate(places):
            moment = moments[number] if moments else datetime(2026, 11, 20, 10)
            entry = zipfile.ZipInfo(where, moment.timetuple()[:6])
            file.writestr(entry, notebook(where) if ".ipynb" in where else b"other")
    return path


@pytest.fixture
def kept(tmp_path):
    """A course with a roster, and nothing handed in."""
    make_course(tmp_path, NAME)
    (tmp_path / "students.csv").write_text(ROSTER, encoding="utf-8")
    return Course(tmp_path)


def handed_in(kept):
    """Whose notebook is where, by the mark in it."""
    found = {}
    for path in (kept.root / "submitted").rglob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        found[path.relative_to(kept.root / "submitted").parts[0]] = cells[-1].source
    return found


def people(kept):
    """The roster."""
    return read_roster(kept.root / "students.csv")


@pytest.mark.parametrize(
    ("layout", "places", "owners"),
    [
        ("moodle", MOODLE, {"ada": MOODLE[0], "ben": MOODLE[1], "chen": MOODLE[3]}),
        ("canvas", CANVAS, {"ada": CANVAS[1], "ben": CANVAS[2], "jose": CANVAS[4]}),
        ("blackboard", BLACKBOARD, {"ada": BLACKBOARD[1], "ben": BLACKBOARD[3]}),
        ("google", GOOGLE, {"ada": GOOGLE[0], "jose": GOOGLE[1]}),
        ("plain", PLAIN, {"ada": PLAIN[0], "ben": PLAIN[1]}),
        (
            "plain",
            [f"class/{where}" for where in PLAIN],
            {"ada": f"class/{PLAIN[0]}", "ben": f"class/{PLAIN[1]}"},
        ),
    ],
)
def test_a_download_is_recognised_and_the_last_attempt_is_taken(layout, places, owners, kept):
    told = collect(kept, NAME, archive(kept.root / "x.zip", places), "", people(kept))
    assert (told.layout, sorted(told.new), told.unplaced) == (layout, sorted(owners), [])
    assert handed_in(kept) == owners
    if layout in ("moodle", "canvas"):
        assert (kept.folder("submitted", "ben", NAME) / "photo.png").read_bytes() == b"other"
    if layout == "canvas":
        assert told.late == ["ben"]
    if layout == "plain":
        assert (kept.folder("submitted", "ben", NAME) / "my_tools.py").is_file()
    assert not (kept.root / "downloaded" / NAME).exists()


def test_a_folder_is_as_good_as_an_archive(kept, tmp_path_factory):
    folder = tmp_path_factory.mktemp("download")
    for where in MOODLE:
        (folder / where).parent.mkdir(exist_ok=True)
        (folder / where).write_bytes(notebook(where) if ".ipynb" in where else b"other")
    assert collect(kept, NAME, folder, "", people(kept)).layout == "moodle"
    assert len(handed_in(kept)) == 3


def test_times_are_kept(kept):
    collect(kept, NAME, archive(kept.root / "x.zip", BLACKBOARD), "", people(kept))
    local = datetime(2026, 11, 20, 10, 15).astimezone(UTC)
    assert time_of(kept.folder("submitted", "ada", NAME)) == (f"{local:%Y-%m-%d %H:%M:%S} UTC", "")
    moments = [datetime(2026, 11, 18, 9) + timedelta(hours=n) for n in range(2)]
    collect(kept, NAME, archive(kept.root / "g.zip", GOOGLE, moments), "", people(kept))
    assert "10:00:00" in moved(time_of(kept.folder("submitted", "jose", NAME))[0])


def moved(text: str) -> str:
    """A time in UTC as local time."""
    moment = datetime.strptime(text.removesuffix(" UTC"), "%Y-%m-%d %H:%M:%S")
    return str(moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=None))


def test_the_date_of_the_download_is_no_time(kept):
    collect(kept, NAME, archive(kept.root / "x.zip", CANVAS), "", people(kept))
    assert not (kept.folder("submitted", "ada", NAME) / "timestamp.txt").exists()


def test_moodles_worksheet_tells_the_times(kept):
    sheet = kept.root / "sheet.csv"
    sheet.write_text(
        'Identifier,Full name,"Last modified (submission)"\n'
        'Participant 101,Ada Berg,"Friday, 20 November 2026, 10:15 AM"\n'
        "Participant 102,Ben Dubois,-\n"
    )
    told = collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", people(kept), sheet)
    assert "10:15:00" in moved(time_of(kept.folder("submitted", "ada", NAME))[0])
    assert time_of(kept.folder("submitted", "ben", NAME)) == ("", "") and not told.unplaced


def test_the_same_download_changes_nothing_and_an_older_one_neither(kept):
    new = archive(kept.root / "new.zip", BLACKBOARD)
    collect(kept, NAME, new, "", people(kept))
    before = {p: p.stat().st_mtime_ns for p in (kept.root / "submitted").rglob("*.*")}
    told = collect(kept, NAME, new, "", people(kept))
    assert (told.new, told.same) == ([], ["ada", "ben"])
    told = collect(kept, NAME, archive(kept.root / "old.zip", BLACKBOARD[:1]), "", people(kept))
    assert (told.new, told.older) == ([], ["ada"])
    assert before == {p: p.stat().st_mtime_ns for p in (kept.root / "submitted").rglob("*.*")}
    canvas = archive(kept.root / "late.zip", CANVAS)
    old = time.time() - 9e6
    os.utime(canvas, (old, old))
    collect(kept, NAME, archive(kept.root / "c.zip", CANVAS[1:]), "", people(kept))
    assert collect(kept, NAME, canvas, "", people(kept)).new == []


def test_namesakes_are_never_guessed(kept):
    places = [f"x/Sam Costa - {NOTEBOOK}", f"x/Ada Berg - {NOTEBOOK}"]
    told = collect(kept, NAME, archive(kept.root / "x.zip", places), "", people(kept))
    assert told.new == ["ada"] and len(told.unplaced) == 1
    assert "2 people have this name" in told.unplaced[0] and "lms_user_id" in told.unplaced[0]
    moodle = [f"Sam Costa_{n}_assignsubmission_file/{NOTEBOOK}" for n in (7, 8)]
    told = collect(kept, NAME, archive(kept.root / "y.zip", moodle), "", people(kept))
    assert told.new == [] and len(told.unplaced) == 2
    (kept.root / "students.csv").write_text(ROSTER.replace("sam1@school.org,", "sam1@school.org,7"))
    told = collect(kept, NAME, kept.root / "y.zip", "", people(kept))
    assert told.new == ["sam1"] and "(number 8)" in told.unplaced[0], "8 may be a third one"


def test_a_stranger_with_a_known_name_is_not_taken_for_them(kept):
    places = [f"Ada Berg_999_assignsubmission_file/{NOTEBOOK}"]
    told = collect(kept, NAME, archive(kept.root / "x.zip", places), "", people(kept))
    assert told.new == [] and "not in the roster" in told.unplaced[0]


def test_without_a_roster_numbers_are_ids_and_names_are_none(kept):
    told = collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", [])
    assert told.new == ["101", "102", "103"]
    with kept.gradebook() as book:
        assert {s.id: s.last_name for s in book.students}["101"] == "Ada Berg", "as it is there"
    told = collect(kept, NAME, archive(kept.root / "y.zip", GOOGLE), "", [])
    assert told.new == [] and "Give a roster" in told.unplaced[0]


def test_one_who_hands_in_twice_under_two_numbers_is_told(kept):
    found = read(
        unpack(
            archive(
                kept.root / "x.zip",
                [
                    f"Ada Berg_101_assignsubmission_file/{NOTEBOOK}",
                    f"ada_ada_assignsubmission_file/{NOTEBOOK}".replace("_ada_", "_777_"),
                ],
            ),
            make(kept.root / "t"),
        )[0]
    )[1]
    roster = [*people(kept)]
    ids, unplaced = place(found, roster)
    assert ids == {"101": "ada"} and len(unplaced) == 1


def test_two_who_would_be_the_same_student_are_neither(kept):
    roster = [Person("555", lms_user_id="101"), *people(kept)[1:]]
    places = [f"{name}_assignsubmission_file/{NOTEBOOK}" for name in ("Ada_101", "Eve_555")]
    told = collect(kept, NAME, archive(kept.root / "x.zip", places), "", roster)
    assert told.new == [] and len(told.unplaced) == 2
    assert all("not the only one who would be 555" in line for line in told.unplaced)


def make(folder):
    """A folder."""
    folder.mkdir(exist_ok=True)
    return folder


# -- what is hostile or odd -----------------------------------------------------------------------


def test_nothing_leaves_the_archive(kept):
    outside = kept.root.parent / "evil.ipynb"
    with zipfile.ZipFile(kept.root / "x.zip", "w") as file:
        file.writestr(f"Ada Berg_101_assignsubmission_file/{NOTEBOOK}", notebook("fine"))
        file.writestr(f"../../{outside.name}", b"evil")
        file.writestr(f"Ben Dubois_102_assignsubmission_file/../../{outside.name}", b"evil")
        link = zipfile.ZipInfo(f"Ben Dubois_102_assignsubmission_file/{NOTEBOOK}")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("C:\\evil.ipynb", b"evil")
    told = collect(kept, NAME, kept.root / "x.zip", "", people(kept))
    assert told.new == ["ada"] and len(told.refused) == 4, told.refused
    assert not outside.exists() and list(handed_in(kept)) == ["ada"]


def test_a_bomb_is_refused(kept, monkeypatch):
    with zipfile.ZipFile(kept.root / "x.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"ada/{NOTEBOOK}", b"0" * 3_000_000)
    monkeypatch.setattr("grading.lms.unpack.LARGEST", 1_000_000)
    assert "larger than" in unpack(kept.root / "x.zip", make(kept.root / "a"))[1][0]
    monkeypatch.setattr("grading.lms.unpack.MOST_BYTES", 2_000_000)
    with pytest.raises(Unpackable, match="holds 1 files"):
        unpack(kept.root / "x.zip", make(kept.root / "b"))


def test_an_archive_in_the_archive_is_opened_and_a_broken_one_told(kept):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr(f"{NAME}/{NOTEBOOK}", notebook("inner"))
    broken = inner.getvalue().replace(b"PK\x01\x02", b"XXXX")  # the list of its files
    with zipfile.ZipFile(kept.root / "x.zip", "w") as file:
        file.writestr("Ada Berg_101_assignsubmission_file/work.zip", inner.getvalue())
        file.writestr("Ben Dubois_102_assignsubmission_file/work.zip", broken)
        file.writestr("José Núñez_104_assignsubmission_file/work.zip", b"PK\x03\x04 cut off")
        file.writestr(f"Chen Ito_103_assignsubmission_file/{NOTEBOOK}", notebook("chen"))
    told = collect(kept, NAME, kept.root / "x.zip", "", people(kept))
    assert told.new == ["ada", "ben", "chen", "jose"] and handed_in(kept)["ada"] == "inner"
    assert len(told.refused) == 1 and "Ben Dubois" in told.refused[0], told.refused
    for student in ("ben", "jose"):
        with pytest.raises(Unreadable, match=r"no notebook .* found work\.zip"):
            read_submission(kept.folder("submitted", student, NAME), kept.read_release(NAME), NAME)


def test_what_cannot_be_unpacked_is_left_out_and_told(kept, monkeypatch):
    with zipfile.ZipFile(kept.root / "x.zip", "w") as file:
        file.writestr(f"fine/{NOTEBOOK}", b"-")
        file.writestr(f"changed/{NOTEBOOK}", b"what it was")
        many = io.BytesIO()
        with zipfile.ZipFile(many, "w") as inner:
            for number in range(9):
                inner.writestr(f"{number}.txt", b"-")
        file.writestr("many.zip", many.getvalue())
    content = (kept.root / "x.zip").read_bytes()
    (kept.root / "x.zip").write_bytes(content.replace(b"what it was", b"another one"))
    monkeypatch.setattr("grading.lms.unpack.MOST_FILES", 8)
    pieces, refused = unpack(kept.root / "x.zip", make(kept.root / "t"))
    assert f"fine/{NOTEBOOK}" in [piece.place for piece in pieces]
    assert any(f"changed/{NOTEBOOK}: Bad CRC" in line for line in refused), refused
    assert any("many.zip: " in line and "holds 9 files" in line for line in refused), refused


def test_links_and_large_files_of_a_folder_are_left_out_and_told(kept, monkeypatch):
    folder = make(kept.root / "x")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    (folder / "large.ipynb").write_bytes(bytes(2000))
    (folder / "fine.ipynb").write_bytes(b"-")
    monkeypatch.setattr("grading.lms.unpack.LARGEST", 1000)
    pieces, refused = unpack(folder, make(kept.root / "t"))
    assert [piece.place for piece in pieces] == ["fine.ipynb"]
    assert sorted(line.partition(":")[0] for line in refused) == ["large.ipynb", "link.ipynb"]


def test_an_entry_without_a_date_has_none():
    assert date_of(zipfile.ZipInfo("a", (1980, 0, 0, 0, 0, 0))) is None


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive"])
def test_what_is_no_archive_is_said(content, kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    (kept.root / "x.zip").write_bytes(content)
    assert main(["collect", NAME, "x.zip"]) == 2
    assert "no zip archive or folder" in capsys.readouterr().err


def test_a_download_that_is_not_there_is_said(kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    assert main(["collect", NAME, "gone.zip"]) == 2
    assert "there is no file gone.zip" in capsys.readouterr().err


def test_the_download_of_another_assignment_is_told(kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    other = kept.root / "solutions" / "01_other" / "01_other.ipynb"
    other.parent.mkdir()
    other.write_bytes(notebook("another"))
    archive(kept.root / "x.zip", ["Ada Berg_101_assignsubmission_file/01_other.ipynb"])
    assert main(["collect", NAME, "x.zip"]) == 1
    assert "is this the right download?" in capsys.readouterr().err


def test_a_name_that_is_part_of_anothers_does_not_make_a_download_strange(kept, monkeypatch):
    monkeypatch.setattr(Course, "names", lambda course: [NAME, NAME[:6]])
    told = collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", people(kept))
    assert told.new == ["ada", "ben", "chen"] and told.strange == []


def test_grades_of_an_unknown_assignment_are_not_given_back(kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    assert main(["return", "02_nothing", "--to", "moodle"]) == 2
    assert f"there is no assignment 02_nothing; there are: {NAME}" in capsys.readouterr().err


def test_an_unknown_layout_is_said_with_what_to_do(kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    archive(kept.root / "x.zip", ["a.ipynb", "b.ipynb"])
    assert main(["collect", NAME, "x.zip"]) == 2
    assert "FROM=moodle|blackboard|canvas|google|plain" in capsys.readouterr().err
    assert main(["collect", NAME, "x.zip", "--from", "ilias"]) == 2
    assert "there is no layout ilias" in capsys.readouterr().err
    assert main(["return", NAME, "--to", "ilias"]) == 2
    assert "there is no layout ilias" in capsys.readouterr().err
    archive(kept.root / "y.zip", ["a.txt"])
    assert main(["collect", NAME, "y.zip"]) == 2
    assert "there is no notebook in it" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,email\nA,b\n", "the first line must name"),
        ("id\na\na\n", "line 3: the id a is there"),
        ("id,lms_user_id\na,1\nb,1\n", "line 3: b and a have the same lms_user_id"),
        ("id\n[x]\n", "line 2: '[x]' cannot be an id"),
        ("", "the first line must name"),
    ],
)
def test_a_wrong_roster_is_said_with_its_line(text, said, tmp_path):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(BadRoster, match=said.replace("[", "\\[")):
        read_roster(tmp_path / "r.csv")


def test_a_roster_that_is_no_text_is_said_and_empty_lines_are_nobody(tmp_path):
    (tmp_path / "r.csv").write_bytes(b"id,email\n,\nada,\n")
    assert [person.id for person in read_roster(tmp_path / "r.csv")] == ["ada"]
    (tmp_path / "r.csv").write_bytes(b"id\n\x81\x8d\n")
    with pytest.raises(BadRoster, match="r.csv is no text"):
        read_roster(tmp_path / "r.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_roster_is_read_as_excel_saves_it(encoding, mark, tmp_path):
    (tmp_path / "r.csv").write_bytes(ROSTER.replace(",", mark).encode(encoding))
    assert [p.called for p in read_roster(tmp_path / "r.csv")][3] == "José Núñez"


# -- and back -------------------------------------------------------------------------------------


def grade(kept):
    """Put grades into the gradebook: everybody who handed in has all points but one."""
    release = course.read(course.release_path(NAME))
    for student in handed_in(kept):
        ended = {
            c.id: {"outputs": [error_output("E", "no", [])] if c.id == "insert_zeros_size" else []}
            for c in release.cells
            if kind_of(c) == "test"
        }
        kept.record(student, NAME, solved_release(NAME), ended)
        page_of(kept, student, NAME).parent.mkdir(parents=True)
        page_of(kept, student, NAME).write_text(f"<p>{student}")


def read_csv(path):
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_moodle_there_and_back(kept, monkeypatch):
    collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", people(kept))
    grade(kept)
    monkeypatch.chdir(kept.root)
    assert main(["return", NAME, "--to", "moodle"]) == 0
    rows = {row["Identifier"]: row for row in read_csv(kept.root / f"return/{NAME}.moodle.csv")}
    assert rows["Participant 101"]["Grade"] == "13" and rows["Participant 104"]["Grade"] == ""
    assert rows["Participant 101"]["Maximum Grade"] == "14" and len(rows) == 4
    pages = zipfile.ZipFile(kept.root / f"return/{NAME}.moodle.zip")
    assert sorted(pages.namelist()) == [
        f"{name}_{number}_assignsubmission_file/{NAME}.html"
        for name, number in (("Ada Berg", 101), ("Ben Dubois", 102), ("Chen Ito", 103))
    ]
    assert pages.read(pages.namelist()[0]) == b"<p>ada"


def test_moodles_own_worksheet_is_filled_in_and_nothing_else_changes(kept, monkeypatch):
    collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", people(kept))
    grade(kept)
    sheet = kept.root / "sheet.csv"
    sheet.write_text(
        "\ufeffIdentifier,Full name,Status,Grade,Last modified (grade)\n"
        'Participant 101,"Berg, Ada",Submitted,,-\nParticipant 999,Zoe,None,5,-\n'
    )
    monkeypatch.chdir(kept.root)
    assert main(["return", NAME, "--to", "moodle", "--sheet", "sheet.csv"]) == 0
    rows = read_csv(kept.root / f"return/{NAME}.moodle.csv")
    assert [row["Grade"] for row in rows] == ["13", "5"] and rows[0]["Full name"] == "Berg, Ada"


def test_a_worksheet_of_another_maximum_is_not_filled_in(kept, capsys, monkeypatch):
    monkeypatch.chdir(kept.root)
    kept.prepare(NAME)
    (kept.root / "sheet.csv").write_text(
        "Identifier,Full name,Grade,Maximum Grade\nParticipant 101,Ada Berg,,100.00\n"
    )
    assert main(["return", NAME, "--to", "moodle", "--sheet", "sheet.csv"]) == 2
    assert "the maximum grade is 100.00 in sheet.csv, but 14 in" in capsys.readouterr().err
    assert not list((kept.root / "return").glob("*.csv"))


def test_canvas_there_and_back(kept, monkeypatch, capsys):
    collect(kept, NAME, archive(kept.root / "x.zip", CANVAS), "", people(kept))
    grade(kept)
    monkeypatch.chdir(kept.root)
    assert main(["return", NAME, "--to", "canvas"]) == 0
    rows = read_csv(kept.root / f"return/{NAME}.canvas.csv")
    assert rows[0]["Student"].strip() == "Points Possible" and rows[0][NAME] == "14"
    by_id = {row["ID"]: row for row in rows[1:]}
    assert by_id["101"][NAME] == "13" and by_id["101"]["Student"] == "Berg, Ada"
    assert by_id["103"][NAME] == "" and by_id["101"]["SIS Login ID"] == "ada"
    names = zipfile.ZipFile(kept.root / f"return/{NAME}.canvas.zip").namelist()
    assert f"bergada_101_5002_{NAME}.html" in names and len(names) == 3
    sheet = kept.root / "sheet.csv"
    sheet.write_text(
        "Student,ID,SIS Login ID,Section,Unit 2 (77),Other (78)\n"
        '"    Points Possible",,,,14,3\n"Berg, Ada",101,ada,A,,2\n'
    )
    options = ["return", NAME, "--to", "canvas", "--sheet", "sheet.csv"]
    assert main(options) == 2 and "COLUMN=" in capsys.readouterr().err
    assert main([*options, "--column", "Unit 2"]) == 0
    row = read_csv(kept.root / f"return/{NAME}.canvas.csv")[1]
    assert (row["Unit 2 (77)"], row["Other (78)"]) == ("13", "2")


def test_a_plain_table_holds_no_formula_and_blanks_for_nothing(kept, monkeypatch):
    (kept.root / "students.csv").write_text(ROSTER.replace("ada,Ada", "ada,=1+1"))
    collect(kept, NAME, archive(kept.root / "x.zip", PLAIN), "", people(kept))
    grade(kept)
    monkeypatch.chdir(kept.root)
    assert main(["return", NAME]) == 0
    rows = {row["id"]: row for row in read_csv(kept.root / f"return/{NAME}.plain.csv")}
    assert rows["ada"]["name"] == "'=1+1 Berg" and rows["ada"]["points"] == "13"
    assert rows["chen"]["points"] == "" and rows["chen"]["email"] == "chen@school.org"
    assert zipfile.ZipFile(kept.root / f"return/{NAME}.plain.zip").namelist() == [
        f"ada/{NAME}.html",
        f"ben/{NAME}.html",
    ]


def test_an_export_is_of_one_assignment(kept):
    plugin = SheetExport()
    plugin.assignment = []
    with kept.gradebook() as book, pytest.raises(BadSheet, match="--assignment NAME"):
        plugin.export(book)


def test_nbgraders_own_export_command_takes_the_plug_in(kept, tmp_path):
    from tests.classes import nbgrader

    collect(kept, NAME, archive(kept.root / "x.zip", MOODLE), "", people(kept))
    grade(kept)
    nbgrader(
        kept.root,
        "export",
        "--exporter=grading.lms.give_back.MoodleExport",
        f"--MoodleExport.assignment={NAME}",
        "--to=m.csv",
    )
    assert read_csv(kept.root / "m.csv")[0]["Grade"] == "13"
