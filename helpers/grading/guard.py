"""Keep a learner's code from changing what judges it, in one process.

A learner's notebook shares a process with the checks, and could overwrite `torch.allclose`, a
check, or a builtin. Before each graded cell everything that judges is put back as it was before
the notebook began, and the checks are made anew from their compiled files; after the cell it is
looked over again. What this cannot stop is told in `README.md`.
"""

import builtins
import importlib.util
import sys
import time
import types
from collections.abc import Iterator, Mapping

CHECKS = "helpers.checks"
# Packages whose modules judge, or are what the checks are made of.
JUDGES = (
    "builtins", "torch.nn", "torch.autograd", "torch.random", "torch.testing", "torch.optim",
    "helpers", "contextlib", "functools", "math", "random", "io", "warnings", "itertools",
    "inspect", "types", "typing", "abc", "operator", "numbers", "copy", "numpy.random",
)
ALONE = ("torch", "torch.functional", "torch._tensor", "numpy")  # without their submodules
HOOKS = ("meta_path", "path_hooks", "path", "excepthook", "unraisablehook")
CARRIERS = (types.ModuleType, property, classmethod, staticmethod)
CODE = ("__code__", "__defaults__", "__kwdefaults__")


def judging(name: str) -> bool:
    """Whether a module is one of those that are put back."""
    return name in ALONE or any(name == j or name.startswith(j + ".") for j in JUDGES)


def members(space: dict, owner: str) -> Iterator[tuple[object, dict]]:
    """The classes and functions defined in a module, with what a learner could change in them."""
    for value in list(space.values()):
        if isinstance(value, type) and (value.__module__ or "").split(".")[0] in (
            "torch", "helpers"
        ):
            yield value, code_in(vars(value))
        elif isinstance(value, types.FunctionType) and value.__module__ == owner:
            yield value, {k: getattr(value, k) for k in CODE}


def code_in(space: Mapping) -> dict:
    """What can be run or looked things up in, among the names of a module or class; counters,
    flags and texts may change.
    """
    return {key: value for key, value in space.items()
            if callable(value) or isinstance(value, CARRIERS)}


def differing(owner: object, was: dict) -> list[str]:
    """What was changed in a class or function; methods that were added to a class, too."""
    if not isinstance(owner, type):
        return [key for key in CODE if getattr(owner, key) is not was[key]]
    now = vars(owner)
    found = [key for key, value in was.items() if now.get(key) is not value]
    return found + [key for key in code_in(now) if key not in was]


class Guard:
    """What judges, as it was when this was made."""

    def __init__(self) -> None:
        self.modules = dict(sys.modules)
        self.spaces = {
            name: code_in(vars(module)) for name, module in self.modules.items()
            if judging(name) and isinstance(module, types.ModuleType)
        }
        self.members = list({
            id(found[0]): found
            for name, space in self.spaces.items() for found in members(space, name)
        }.values())
        self.hooks = {name: getattr(sys, name) for name in HOOKS}
        self.lists = {name: list(v) for name, v in self.hooks.items() if isinstance(v, list)}
        self.checks = self.compiled_checks()
        self.make, self.run, self.builtins = types.ModuleType, exec, dict(vars(builtins))
        self.frames, self.sleep, self.own_threads = sys._current_frames, time.sleep, 1

    def compiled_checks(self) -> list[tuple[str, str, types.CodeType]]:
        """The modules of the checks in the order in which they were first imported."""
        found = []
        for name, module in self.modules.items():
            if name.startswith(CHECKS + ".") and module.__spec__.has_location:
                source = importlib.util.find_spec(name).loader.get_code(name)
                found.append((name, module.__file__, source))
        # a module that another one imports was finished, and stands, before it
        return sorted(found, key=lambda item: (item[0] != f"{CHECKS}.core", self.depth(item[2])))

    def depth(self, code: types.CodeType, seen: tuple = ()) -> int:
        """How many checks' modules stand below one, so that the lowest are made first."""
        names = [n for n in code.co_names if n.startswith(CHECKS + ".") and n not in seen]
        codes = [importlib.util.find_spec(n).loader.get_code(n) for n in names]
        return 1 + max((self.depth(c, (*seen, *names)) for c in codes), default=0)

    def changed(self) -> list[str]:
        """The names of what is no longer as it was; additions do not count."""
        found = [
            f"{name}.{key}"
            for name, space in self.spaces.items() if not name.startswith(CHECKS)
            for key, value in space.items() if vars(self.modules[name]).get(key, self) is not value
        ]
        for owner, was in self.members:
            if not (owner.__module__ or "").startswith(CHECKS):
                found += [f"{owner.__qualname__}.{k}" for k in differing(owner, was)]
        return found + [f"sys.{k}" for k, v in self.hooks.items() if getattr(sys, k) is not v]

    def restore(self) -> None:
        """Put everything back and make the checks anew."""
        sys.settrace(None), sys.setprofile(None)
        vars(builtins).update(self.builtins)
        for name, value in self.hooks.items():
            setattr(sys, name, value)
        for name, was in self.lists.items():
            getattr(sys, name)[:] = was
        for owner, was in self.members:
            for key in differing(owner, was):
                if key in was:
                    setattr(owner, key, was[key])
                else:
                    delattr(owner, key)
        for name, space in self.spaces.items():
            sys.modules[name] = self.modules[name]
            vars(self.modules[name]).update(space)
        for name, path, code in self.checks:
            module = self.make(name)
            module.__file__, module.__package__ = path, CHECKS
            sys.modules[name] = module
            setattr(sys.modules[CHECKS], name.rpartition(".")[2], module)
            self.run(code, vars(module))

    def other_threads(self, seconds: float = 1.0) -> bool:
        """Whether a thread of the notebook is still running, after a moment to let it end."""
        for _ in range(20):
            if len(self.frames()) <= self.own_threads:
                return False
            self.sleep(seconds / 20)
        return True
