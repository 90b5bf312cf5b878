"""Before a class: one known notebook is graded, so that a machine's fault is never a student's."""

import re

from nbformat import NotebookNode

from grading.job import Job, Result
from grading.sandbox import Limits
from helpers.notebook import kind_of

RIGHT = """
def upsampled_size(size, kernel_size, stride, padding=0):
    return (size - 1) * stride + kernel_size - 2 * padding
"""
WRONG = """
def wrong_size(size, kernel_size, stride, padding=0):
    return size * stride
"""
APPARMOR = (
    "This system does not let bubblewrap make namespaces (Ubuntu does so since 23.10). An "
    "administrator can allow it until the next start with\n"
    "    sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n"
    "or for good with an AppArmor profile for bwrap that has the line `userns,`."
)
# What bubblewrap says, and what to do then.
ADVICE = {
    r"setting up uid map: Permission denied|loopback: Failed RTM_NEWADDR": APPARMOR,
    r"No permissions to creat\w+ new namespace|unprivileged_userns_clone": "This system does not let ordinary users make namespaces. An administrator can allow it "
    "with\n    sudo sysctl -w kernel.unprivileged_userns_clone=1",
    r"Creating new namespace failed.*(?:nesting|No space left)|max_user_namespaces": "This system allows too few namespaces. An administrator can raise their number with\n"
    "    sudo sysctl -w user.max_user_namespaces=10000",
    r"Creating new namespace failed|pivot_root|Failed to make / slave|mount proc on /newroot/proc": "Inside a container, namespaces must be allowed: with Docker, for example, "
    "--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined.",
    r"No module named|ImportError": "The course cannot be imported inside the sandbox: run `make grade` in the course's own "
    "folder, where `make lab` or `make test` has installed it.",
    r"Cannot allocate memory|Resource temporarily unavailable": "The machine has too little memory or too many processes: close other programs, or grade "
    "with fewer --workers.",
}


def job_of(source: NotebookNode, limits: Limits) -> Job:
    """The work on the known notebook: an assignment's own first cells, a right and a wrong answer."""
    given = [
        (cell.id, cell.source)
        for cell in source.cells
        if cell.cell_type == "code" and kind_of(cell) == "given"
    ]
    tests = {
        f"{name}_padding": f"check.upsampled_size_padding({name})"
        for name in ("upsampled_size", "wrong_size")
    }
    cells = [*given, ("answer", RIGHT + WRONG), *((name, "") for name in tests)]
    return Job(cells, tests, dict.fromkeys(tests, 1), {}, limits)


def fault(result: Result) -> str:
    """What is wrong with the machine that this came of the known notebook; empty if nothing."""
    for name, report in result.ended.items():
        error = next((o for o in report["outputs"] if o["output_type"] == "error"), None)
        text = f"{error['ename']}: {error['evalue']}" if error else ""
        if name == "wrong_size_padding":
            if not text.startswith("AssertionError: "):
                return f"A wrong answer was not refused as it should be ({text or 'it passed'})."
        elif text:
            return f"The cell {name} of a notebook that is known to be right failed: {text}"
    missing = {"upsampled_size_padding", "wrong_size_padding"} - result.ended.keys()
    return f"The tests {', '.join(sorted(missing))} did not run." if missing else ""


def advice(error: str) -> str:
    """What an instructor can do about it, where that is known."""
    return next((text for words, text in ADVICE.items() if re.search(words, error)), "")
