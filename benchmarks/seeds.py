"""Are right answers right on every seed? `python -m benchmarks.seeds [COUNT]`

Runs the hidden part of every graded cell of the instructor's notebooks with COUNT seeds (100) that
nobody chose, and prints which were refused. Exits with 1 if any was.
"""

import contextlib
import io
import secrets
import sys

import torch
from tqdm import tqdm

from grading.seeds import seed_of
from helpers.checks.core.calling import hidden_seed
from tests import course


def refused(name: str, grade_id: str, source: str, secret: bytes, count: int) -> list[str]:
    """What a graded cell says of the solution, for each seed by which it refuses it."""
    said = []
    for number in range(count):
        seed = seed_of(secret, grade_id, str(number))
        token = hidden_seed.set(seed)
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, "<graded cell>", "exec"), dict(course.solved(name)))
        except Exception as error:
            said.append(f"{grade_id}, seed {seed}: {type(error).__name__}: {error}")
        finally:
            hidden_seed.reset(token)
    return said


def main(count: str = "100") -> int:
    """Run them all; 0 if no right answer was refused."""
    torch.set_num_threads(1)
    cells = [
        (name, grade_id, source)
        for name in course.NAMES
        for exercise in course.exercises(name).values()
        for grade_id, source in exercise.tests.items()
    ]
    secret, said = secrets.token_bytes(32), []
    for name, grade_id, source in tqdm(cells, unit="cell"):
        hidden = "\n".join(line for line in source.splitlines() if "seed=" in line)
        said += refused(name, grade_id, hidden, secret, int(count))
    print("\n".join([*said, f"{len(cells)} graded cells, {count} seeds each: {len(said)} refused"]))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
