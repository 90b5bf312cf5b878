"""No small fault in a solution goes unseen, few are refused without a cause, and no right answer is
refused for the way in which it is written.
"""

from tests import mutate, rewrites
from tests.mutants import mutants


def test_every_mutant_is_killed_or_known_to_equal_its_solution():
    fates, known = mutate.run(first=True), mutate.equal()
    alive = {(f.exercise, f.difference) for f in fates if f.killed == "survived"}
    assert alive == known.keys()
    said = [says for f in fates for _, says, _ in f.refusals]
    # of the first refusals: `make mutate` runs all cells and wants 90 % of all
    assert said.count("cause") >= 0.85 * len(said), mutate.saying(said)


def test_each_kind_of_fault_is_made():
    source = (
        "def f(a, b):\n    c = a - 2 * b\n    if a > 1:\n        c = g(a, b, k=True)\n    return c"
    )
    made = {mutant.difference for mutant in mutants(source)}
    for difference in (
        "- c = a - 2 * b\n+ c = a + 2 * b",
        "- c = a - 2 * b\n+ c = 2 * b",
        "- c = a - 2 * b\n+ c = 2 * b - a",
        "- c = a - 2 * b\n+ c = a - 3 * b",
        "- c = a - 2 * b\n+ pass",
        "- if a > 1:\n+ if a >= 1:",
        "- if a > 1:\n+ if not a > 1:",
        "- c = g(a, b, k=True)\n+ c = g(b, a, k=True)",
        "- c = g(a, b, k=True)\n+ c = g(a, k=True)",
        "- c = g(a, b, k=True)\n+ c = g(a, b)",
        "- c = g(a, b, k=True)\n+ c = g(a, b, k=False)",
        "- c = g(a, b, k=True)\n+ c = a",
        "- return c\n+ return",
        "- return c\n+ return a",
    ):
        assert difference in made, difference


def test_right_answers_written_otherwise_pass(capsys):
    # `python -m tests.rewrites` runs all of them
    assert rewrites.main("300") == 0, capsys.readouterr().out
