"""What the course watches while a learner's notebook runs: IPython tells it before each cell."""

import sys
from types import ModuleType, SimpleNamespace


def keep_name(name: str, module: ModuleType) -> None:
    """Give a name of the setup cell back to each graded cell, whatever the learner's code did."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return

    def give_back(info: SimpleNamespace) -> None:
        used = f"{name}." in info.raw_cell and info.raw_cell.startswith("# Test ")
        if used and shell.user_ns.get(name, module) is not module:
            shell.user_ns[name] = module
            print(f"Your code used the name `{name}`, which the tests need, for something else. "
                  f"Choose another name there; this test uses the course's `{name}` again.")

    shell.events.register("pre_run_cell", give_back)
