"""Tell whether a notebook is ready to be handed in: `python -m helpers.ready NOTEBOOK`."""

import argparse
import json
import sys

from tqdm import tqdm

from helpers.notebook_file import Unreadable
from helpers.ready.finding import BAD, Finding, as_text
from helpers.ready.findings import report
from helpers.show import print_what_it_can


def main(arguments: list[str] | None = None) -> int:
    """Run the command: 0 if ready, 1 if something is open, 2 for what cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m helpers.ready", description=__doc__)
    parser.add_argument("notebook", help="its path, or a name: 02_transposed_convolution")
    parser.add_argument("--lines", action="store_true", help=argparse.SUPPRESS)  # for run_button
    options = parser.parse_args(arguments)
    tell, say = (bar_lines, text_lines) if options.lines else (bar(), print_above)
    ready = True
    try:
        for line in report(options.notebook, True, tell):
            ready &= not (isinstance(line, Finding) and line.mark == BAD)
            say(line)
    except (Unreadable, OSError) as error:
        say(f"{BAD} {error}")
        return 2
    return 0 if ready else 1


def bar():
    """Show how many cells have run as a bar on the terminal."""
    shown = None

    def tell(done: int, total: int) -> None:
        nonlocal shown
        shown = shown or tqdm(total=total, desc="running", unit="cell", leave=False)
        shown.update(done - shown.n)
        if done == total:
            shown.close()

    return tell


def print_above(line: Finding | str) -> None:
    """Print a line without breaking the bar."""
    tqdm.write(as_text(line))


def bar_lines(done: int, total: int) -> None:
    """Tell `run_button` how many cells have run."""
    print(json.dumps({"done": done, "total": total}), flush=True)


def text_lines(line: Finding | str) -> None:
    """Give `run_button` a line to show."""
    print(json.dumps({"text": as_text(line)}), flush=True)


if __name__ == "__main__":
    print_what_it_can()
    sys.exit(main())
