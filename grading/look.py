"""Submissions that an instructor may want to look at. It says what was seen, and no verdict."""

import ast
import io
import tokenize
from collections import defaultdict
from collections.abc import Mapping

from nbformat import NotebookNode

from helpers.notebook import kind_of, name_of

# Names that no exercise needs: the interpreter's own workings, other processes, the grader.
REACHES = frozenset(
    (
        "__builtins__",
        "__closure__",
        "__code__",
        "__globals__",
        "__subclasses__",
        "_getframe",
        "builtins",
        "checks",
        "ctypes",
        "currentframe",
        "f_back",
        "f_globals",
        "f_locals",
        "faulthandler",
        "gc",
        "get_ipython",
        "get_objects",
        "get_referrers",
        "grading",
        "inspect",
        "mmap",
        "multiprocessing",
        "probes",
        "ptrace",
        "requests",
        "setprofile",
        "settrace",
        "signal",
        "socket",
        "subprocess",
        "sys",
        "tracemalloc",
        "urllib",
    )
)
SHORT = 25  # tokens: shorter answers are alike by chance
FEW = 0.05  # of the class: what more people wrote alike comes from the same lesson or book
DROPPED = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def reaches(notebook: NotebookNode) -> list[str]:
    """The names in a student's own code that no exercise needs."""
    found: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code" or kind_of(cell) in ("test", "given"):
            continue
        try:
            tree = ast.parse(cell.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for node in ast.walk(tree):
            names = {getattr(node, "id", ""), getattr(node, "attr", "")}
            if isinstance(node, ast.Import | ast.ImportFrom):
                module = getattr(node, "module", None) or ""
                names |= {part for alias in node.names for part in alias.name.split(".")}
                names |= set(module.split("."))
            found |= {name for name in names if isinstance(name, str)} & REACHES
    return sorted(found)


def tokens(source: str) -> tuple[str, ...]:
    """Code without layout, comments and docstrings; nothing where it cannot be read."""
    try:
        stream = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, ValueError, tokenize.TokenError):
        return ()
    return tuple(
        token.string
        for token in stream
        if token.type not in DROPPED and not token.string.startswith(('"""', "'''"))
    )


def alike(
    notebooks: Mapping[str, NotebookNode], release: NotebookNode
) -> dict[str, dict[str, list[str]]]:
    """Who wrote the same as whom, beyond what many wrote: by student, by other, the exercises.

    Two are listed where at least half of their longer answers are the same, letter for letter but
    for layout and comments.
    """
    answers = {
        student: {
            name_of(cell): tokens(cell.source)
            for cell in notebook.cells
            if kind_of(cell) == "answer"
        }
        for student, notebook in notebooks.items()
    }
    given = {tokens(cell.source) for cell in release.cells}
    long = {
        student: {
            name: code for name, code in own.items() if len(code) >= SHORT and code not in given
        }
        for student, own in answers.items()
    }
    holders: defaultdict[tuple, list[str]] = defaultdict(list)
    for student, own in long.items():
        for name, code in own.items():
            holders[name, code].append(student)
    most = max(2, FEW * len(notebooks))
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (name, _), students in holders.items():
        if 2 <= len(students) <= most:
            for one in students:
                for other in students:
                    if one != other:
                        shared[one, other].append(name)
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for (one, other), names in shared.items():
        if 2 * len(names) >= max(len(long[one]), len(long[other])):
            found[one][other] = sorted(names)
    return dict(found)
