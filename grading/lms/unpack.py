"""Unpack a download of a learning management system, which is as hostile as any upload."""

import shutil
import stat
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from grading.intake import is_unsaid

MOST_FILES, MOST_BYTES, LARGEST = 20_000, 4 * 2**30, 100 * 2**20  # of a download; of one file
ALIKE = timedelta(minutes=10)  # dates nearer to each other are those of the download


class Unpackable(ValueError):
    """It cannot be unpacked; the text says why."""


@dataclass(frozen=True)
class Piece:
    """A file of a download: its place there, where it lies now, and its date, if it has one."""

    place: str
    path: Path
    moment: datetime | None


def unpack(source: Path, target: Path) -> tuple[list[Piece], list[str]]:
    """The files of a zip archive or a folder, copied to `target`; and what was left out, and why.

    Archives in it are unpacked, too, one level deep. Links are left out, and so is every place
    outside. Dates are in UTC; where all are those of the download, there are none.

    Raises:
        Unpackable: it is not there, neither of them, or too large.
    """
    pieces: list[Piece] = []
    refused: list[str] = []
    if not source.exists():
        raise Unpackable(f"there is no file {source}")
    if source.is_dir():
        for path in sorted(p for p in source.rglob("*") if p.is_symlink() or p.is_file()):
            place = str(path.relative_to(source))
            if path.is_symlink():
                refused.append(f"{place}: a link")
            elif path.stat().st_size > LARGEST:
                refused.append(f"{place}: larger than {LARGEST // 2**20} MB")
            else:
                moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                pieces.append(put(place, path.read_bytes(), moment, target, len(pieces)))
    else:
        from_zip(source, "", target, pieces, refused)
    for piece in list(pieces):
        if zipfile.is_zipfile(piece.path) and piece.place.lower().endswith(".zip"):
            inside = piece.place[:-4]
            try:
                from_zip(piece.path, inside, target, pieces, refused, piece.moment)
            except Unpackable as error:
                refused.append(f"{piece.place}: {error}")
            else:  # a broken one stays what the student has handed in, and they are told of it
                pieces.remove(piece)
    said = [p for p in pieces if not any(is_unsaid(part) for part in PurePosixPath(p.place).parts)]
    dates = [piece.moment for piece in said if piece.moment]
    if dates and max(dates) - min(dates) < ALIKE and len(said) > 1:
        said = [Piece(piece.place, piece.path, None) for piece in said]
    return said, refused


def from_zip(
    source: Path,
    inside: str,
    target: Path,
    pieces: list[Piece],
    refused: list[str],
    moment: datetime | None = None,
) -> None:
    """Add the files of an archive; of one within another the date is that of the outer one."""
    try:
        archive = zipfile.ZipFile(source)
    except (OSError, zipfile.BadZipFile) as error:
        raise Unpackable(f"{source.name} is no zip archive or folder: {error}") from error
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        total = sum(entry.file_size for entry in entries)
        if len(entries) > MOST_FILES or total > MOST_BYTES:
            raise Unpackable(f"{source.name} holds {len(entries)} files of {total / 1e9:.1f} GB")
        for entry in entries:
            place = str(PurePosixPath(inside) / entry.filename.replace("\\", "/"))
            parts = PurePosixPath(place).parts
            if ".." in parts or place.startswith("/") or ":" in parts[0][:2]:
                refused.append(f"{place}: outside of the archive")
            elif stat.S_ISLNK(entry.external_attr >> 16):
                refused.append(f"{place}: a link")
            elif entry.file_size > LARGEST:
                refused.append(f"{place}: larger than {LARGEST // 2**20} MB")
            else:
                try:
                    with archive.open(entry) as file:
                        content = file.read(LARGEST + 1)
                except (
                    OSError,
                    RuntimeError,
                    NotImplementedError,
                    zipfile.BadZipFile,
                    EOFError,
                ) as error:
                    refused.append(f"{place}: {error}")
                    continue
                pieces.append(put(place, content, moment or date_of(entry), target, len(pieces)))


def date_of(entry: zipfile.ZipInfo) -> datetime | None:
    """An entry's date, which a zip archive holds in local time."""
    try:
        moment = datetime(*entry.date_time)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.year > 1990 else None


def put(place: str, content: bytes, moment: datetime | None, target: Path, number: int) -> Piece:
    """Write a file under a name of our own."""
    path = target / f"{number:06d}"
    path.write_bytes(content)
    return Piece(place, path, moment)


def clear(folder: Path) -> Path:
    """An empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
