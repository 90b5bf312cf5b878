"""Run and judge one submission: what a Dask worker does.

The notebook's cells run in a sandbox. Before the graded cells of an exercise a copy of the
learner's process is put aside; when all cells have run, the graded cells are judged one by one, in
the order of the release, against their copy. So nothing of a hidden test can reach an output, and
an answer that hangs, dies or swallows memory costs its own graded cells alone.

The worker keeps its sandbox from one submission to the next, and makes another when it breaks.
"""

import time

from grading.job import Job, Result
from grading.learner.channel import Channel
from grading.learner.formats import error_output
from grading.sandbox import GRACE_SECONDS, Run, RunEnded, Sandbox, SandboxError
from grading.there import NoAnswer
from grading.verdict import verdict

TRIES = 4  # runs of one notebook, each without the cells that ended the one before it
_sandbox: list[Sandbox] = []  # this process's, made at its first submission


def sandbox(fresh: bool = False) -> Sandbox:
    """This process's sandbox; a `fresh` one if the last one is not to be trusted."""
    if fresh and _sandbox:
        _sandbox.pop().close()
    if not _sandbox:
        _sandbox.append(Sandbox())
    return _sandbox[0]


def run_submission(job: Job) -> Result:
    """Run and judge a submission, once more in a new sandbox if the first one breaks.

    Raises:
        SandboxError: that one broke, too.
    """
    begin = time.monotonic()
    try:
        result = run_to_the_end(sandbox(), job)
    except SandboxError:
        result = run_to_the_end(sandbox(fresh=True), job)
    result.seconds = round(time.monotonic() - begin, 3)
    return result


def run_to_the_end(place: Sandbox, job: Job) -> Result:
    """Run a notebook so that one deadly cell does not cost the others.

    When the run ends in the middle of a cell, it is begun again without that cell.
    """
    skip: dict[str, str] = {}
    result = Result()
    for _ in range(TRIES):
        run = place.begin(job.limits, job.files)
        result.ended = {
            name: {"outputs": [error_output("NotRun", why, [])]} for name, why in skip.items()
        }
        deadly, reason = run_once(run, job, skip, result.ended)
        reason = run.end() or reason or "its process ended"
        if deadly is None:
            return result
        if hungry(result.ended.get(deadly)):  # what it holds would starve the cells after it
            reason = f"it used more than {job.limits.memory_mb} MB of memory"
        skip[deadly] = f"This cell was stopped: {reason}."
        result.remarks.append(
            f"Cell {deadly} was stopped: {reason}. It was left out and the notebook was run again."
        )
    return result


def run_once(
    run: Run, job: Job, skip: dict[str, str], ended: dict[str, dict]
) -> tuple[str | None, str]:
    """Run the cells, judge the graded ones; the cell that ended the run, if one did, and why.

    Puts the reports into `ended`.
    """
    copies: dict[str, Channel] = {}
    copy = None  # of the process as it is now, if there is one
    try:
        for name, source in job.cells:
            if name in skip:
                continue
            try:
                if name in job.tests:
                    copies[name] = copy = copy or run.snapshot()
                else:
                    copy, ended[name] = None, run.play(source)
            except RunEnded as error:
                return name, str(error)
            if hungry(ended.get(name)):
                return name, ""
        for name in job.tests:
            if name in copies:
                ended[name] = judged(job, name, copies[name], ended, run.seconds_left)
        return None, ""
    finally:
        for channel in copies.values():
            channel.close()


def judged(job: Job, name: str, copy: Channel, ended: dict[str, dict], seconds_left: float) -> dict:
    """The report of one graded cell."""
    begin = time.monotonic()
    seconds = min(job.limits.test_seconds + GRACE_SECONDS, seconds_left)

    def graded(exercise: str) -> bool:
        own = [test for test in job.tests if test.startswith(f"{exercise}_")]
        return all(test in ended for test in own)

    try:
        outputs = verdict(job.tests[name], copy, seconds, job.seeds[name], graded)
    except NoAnswer as error:
        copy.close()  # a late answer would be taken for the next one's
        outputs = [
            error_output("AssertionError", f"Your code did not come to its end: {error}.", [])
        ]
    return {"outputs": outputs, "seconds": round(time.monotonic() - begin, 3)}


def hungry(report: dict | None) -> bool:
    """Whether a cell ended because there was no more memory."""
    return bool(report) and any(o.get("ename") == "MemoryError" for o in report["outputs"])
