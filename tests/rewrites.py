"""Right answers written otherwise by machine: none may be refused.

`python -m tests.rewrites [COUNT]` rewrites every solution and every right answer of the bank in
each way that fits it, each way by itself, and runs the graded cells on COUNT of them (all). Prints
how many were refused, and exits with 1 if any was.
"""

import ast
import contextlib
import io
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests import course
from tests.mutate import in_processes

Way = Callable[[ast.FunctionDef], bool]  # rewrites a function in place; whether it found anything
ONLY: dict[Way, tuple[str, ...]] = {}  # the exercises that a way is for, where not for all
# A method and the function of torch that does the same; the arguments are the same, too.
FUNCTIONS = {"argmax", "softmax", "sum", "mean", "transpose", "unsqueeze", "flatten", "numel"}
NAMES = {  # of positional arguments
    "Conv2d": ("in_channels", "out_channels", "kernel_size", "stride", "padding"),
    "ConvTranspose2d": ("in_channels", "out_channels", "kernel_size", "stride"),
    "MaxPool2d": ("kernel_size",),
    "conv_block": ("in_channels", "out_channels"),
    "make_upconv": ("in_channels", "out_channels"),
    "pad": ("input", "pad"),
    "decoder_step": ("x", "skip", "upconv", "block"),
    "cat": ("tensors", "dim"),
    "insert_zeros": ("x", "stride"),
    "segmentation_loss": ("logits", "target"),
    "cross_entropy": ("input", "target"),
    "conv2d": ("input", "weight"),
}
LOGIC = {ast.BitOr: "logical_or", ast.BitAnd: "logical_and"}
MIRRORED = {
    ast.Gt: ast.Lt,
    ast.Lt: ast.Gt,
    ast.Eq: ast.Eq,
    ast.NotEq: ast.NotEq,
    ast.GtE: ast.LtE,
    ast.LtE: ast.GtE,
}


@dataclass(frozen=True)
class Rewritten:
    """A right answer written otherwise: the way, and the code of its cell."""

    notebook: str
    exercise: str
    about: str
    way: str
    cell: str


def expression(text: str, **parts: ast.expr) -> ast.expr:
    """An expression with other ones in place of some names."""

    class Put(ast.NodeTransformer):
        def visit_Name(self, node: ast.Name) -> ast.expr:
            return parts.get(node.id, node)

    return Put().visit(ast.parse(text, mode="eval").body)


def each(function: ast.FunctionDef, change: Callable[[ast.AST], ast.AST | None]) -> bool:
    """Put in place of each node what `change` makes of it, if anything."""
    found = []

    class Walk(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            node = self.generic_visit(node)
            new = change(node)
            if new is None:
                return node
            found.append(new)
            return new

    function.body = [Walk().visit(line) for line in function.body]
    return bool(found)


def own_names(function: ast.FunctionDef) -> list[str]:
    """The names that a function's own lines give values to."""
    stored = [
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    return [n for n in dict.fromkeys(stored) if n not in {a.arg for a in function.args.args}]


def other_names(function: ast.FunctionDef) -> bool:
    """Local names that say nothing."""
    names = {name: f"v{i}" for i, name in enumerate(own_names(function))}
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id in names:
            node.id = names[node.id]
    return bool(names)


def type_hints(function: ast.FunctionDef) -> bool:
    """Each plain assignment with a type."""
    return each(
        function,
        lambda n: (
            ast.AnnAssign(n.targets[0], ast.Name("object"), n.value, 1)
            if isinstance(n, ast.Assign)
            and isinstance(n.targets[0], ast.Name)
            and len(n.targets) == 1
            else None
        ),
    )


def closure(function: ast.FunctionDef) -> bool:
    """The work is done by a function inside."""
    if "super()" in ast.unparse(function):
        return False
    inner = ast.parse("def work(): ...").body[0]
    assert isinstance(inner, ast.FunctionDef)
    inner.body = function.body
    again = {a.arg for a in function.args.args} & {
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    if again:
        inner.body = [ast.Nonlocal(sorted(again)), *inner.body]
    function.body = [inner, ast.Return(expression("work()"))]
    return True


def result_first(function: ast.FunctionDef) -> bool:
    """What is returned gets a name first."""
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not last.value:
        return False
    function.body[-1:] = [
        ast.Assign([ast.Name("outcome", ast.Store())], last.value),
        ast.Return(ast.Name("outcome")),
    ]
    return True


def one_call_a_line(function: ast.FunctionDef) -> bool:
    """A chain of calls taken apart: each result gets a name."""
    last = function.body[-1]
    if not isinstance(last, ast.Return):
        return False
    lines, value = [], last.value
    while (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and isinstance(value.func.value, ast.Call)
    ):
        name = f"step{len(lines)}"
        inner, value.func.value = value.func.value, ast.Name(name)
        lines.insert(0, (name, inner))
        value = inner
    for name, inner in lines:
        function.body.insert(-1, ast.Assign([ast.Name(name, ast.Store())], inner))
    return bool(lines)


def functions_for_methods(function: ast.FunctionDef) -> bool:
    """`torch.sum(x)` for `x.sum()`."""
    return each(
        function,
        lambda n: (
            ast.Call(expression(f"torch.{n.func.attr}"), [n.func.value, *n.args], n.keywords)
            if isinstance(n, ast.Call)
            and isinstance(n.func, ast.Attribute)
            and n.func.attr in FUNCTIONS
            and ast.unparse(n.func.value) not in ("torch", "F", "np")
            and "numpy" not in ast.unparse(function)
            and "np." not in ast.unparse(function)
            and not isinstance(n.func.value, ast.Call | ast.Name)
            else None
        ),
    )


def axis_for_dim(function: ast.FunctionDef) -> bool:
    """PyTorch takes NumPy's word, too."""
    return each(
        function,
        lambda n: (
            ast.keyword("axis", n.value) if isinstance(n, ast.keyword) and n.arg == "dim" else None
        ),
    ) and not any(word in ast.unparse(function) for word in ("F.", "nn.", "cumsum", "size("))


def keywords(function: ast.FunctionDef) -> bool:
    """Arguments by name."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call):
            return None
        known = NAMES.get(getattr(node.func, "attr", getattr(node.func, "id", "")), ())
        if (
            not known
            or not node.args
            or len(node.args) > len(known)
            or any(isinstance(a, ast.Starred) for a in node.args)
        ):
            return None
        given = [ast.keyword(k, v) for k, v in zip(known, node.args, strict=False)]
        return ast.Call(node.func, [], given + node.keywords)

    return each(function, change)


def concatenate(function: ast.FunctionDef) -> bool:
    """`torch.concatenate` is `torch.cat`."""
    return each(
        function,
        lambda n: (
            ast.Attribute(n.value, "concatenate")
            if isinstance(n, ast.Attribute) and n.attr == "cat"
            else None
        ),
    )


def mirrored(function: ast.FunctionDef) -> bool:
    """`b < a` for `a > b`, `b == a` for `a == b`."""
    return each(
        function,
        lambda n: (
            ast.Compare(n.comparators[0], [MIRRORED[type(n.ops[0])]()], [n.left])
            if isinstance(n, ast.Compare) and type(n.ops[0]) in MIRRORED
            else None
        ),
    )


def exchanged(function: ast.FunctionDef) -> bool:
    """`b * a` for `a * b`, `b + a` for `a + b`."""

    def number(node: ast.expr) -> bool:
        return not any(
            isinstance(n, ast.List | ast.Tuple | ast.ListComp | ast.Constant)
            and not isinstance(getattr(n, "value", 0), int | float)
            for n in ast.walk(node)
        )

    return each(
        function,
        lambda n: (
            ast.BinOp(n.right, n.op, n.left)
            if isinstance(n, ast.BinOp)
            and isinstance(n.op, ast.Mult | ast.Add)
            and number(n.left)
            and number(n.right)
            else None
        ),
    )


def logical(function: ast.FunctionDef) -> bool:
    """`torch.logical_and(a, b)` for `a & b`."""
    return each(
        function,
        lambda n: (
            expression(f"torch.{LOGIC[type(n.op)]}(a, b)", a=n.left, b=n.right)
            if isinstance(n, ast.BinOp) and type(n.op) in LOGIC
            else None
        ),
    )


def loop_for_comprehension(function: ast.FunctionDef) -> bool:
    """A list filled in a loop."""
    for at, line in enumerate(function.body):
        for node in ast.walk(line):
            if (
                isinstance(node, ast.ListComp)
                and len(node.generators) == 1
                and isinstance(line, ast.Assign | ast.Return | ast.AugAssign)
            ):
                made = node.generators[0]
                add: ast.stmt = ast.Expr(expression("items.append(a)", a=node.elt))
                for test in made.ifs:
                    add = ast.If(test, [add], [])
                loop = ast.For(made.target, made.iter, [add], [])
                first = ast.Assign([ast.Name("items", ast.Store())], ast.List([], ast.Load()))
                each(function, lambda n, node=node: ast.Name("items") if n is node else None)
                function.body[at:at] = [first, loop]
                return True
    return False


def list_of_rounds(function: ast.FunctionDef) -> bool:
    """What a loop goes through is made a list first."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.For) or not isinstance(node.target, ast.Name | ast.Tuple):
            return None
        node.iter = expression("list(a)", a=node.iter)
        return node

    return each(function, change)


def quiet_otherwise(text: str) -> Way:
    """Another block without gradients."""
    return lambda function: each(
        function,
        lambda n: (
            expression(text)
            if isinstance(n, ast.Call)
            and ast.unparse(n) in ("torch.no_grad()", "torch.inference_mode()")
            else None
        ),
    )


def on_return(text: str, *exercises: str) -> Way:
    """Something that leaves the numbers alone, done to what is returned."""

    def way(function: ast.FunctionDef) -> bool:
        inside = {
            id(n)
            for f in ast.walk(function)
            if f is not function and isinstance(f, ast.FunctionDef)
            for n in ast.walk(f)
        }
        return each(
            function,
            lambda n: (
                ast.Return(expression(text, a=n.value))
                if isinstance(n, ast.Return) and n.value and id(n) not in inside
                else None
            ),
        )

    ONLY[way] = exercises
    return way


def at_first(text: str, *exercises: str) -> Way:
    """A line that leaves everything as it is, before the others; {0} is the first argument."""

    def way(function: ast.FunctionDef) -> bool:
        names = [a.arg for a in function.args.args if a.arg != "self"]
        if not names:
            return False
        function.body[:0] = ast.parse(text.format(*names, names[0])).body
        return True

    ONLY[way] = exercises
    return way


def no_else(function: ast.FunctionDef) -> bool:
    """`return a if c else b` in three lines."""
    last = function.body[-1]
    if not isinstance(last, ast.Return) or not isinstance(last.value, ast.IfExp):
        return False
    choice = last.value
    function.body[-1:] = [
        ast.If(choice.test, [ast.Return(choice.body)], []),
        ast.Return(choice.orelse),
    ]
    return True


def tried(function: ast.FunctionDef) -> bool:
    """All of it in a `try` with an empty `finally`."""
    function.body = [ast.Try(function.body, [], [], [ast.Pass()])]
    return True


MAPS = (
    "insert_zeros",
    "transposed_conv2d",
    "decoder_step",
    "unet_forward",
    "image_to_tensor",
    "predict_masks",
)
TENSORS = (
    *MAPS,
    "segmentation_loss",
    "semantic_from_instances",
    "class_map_to_masks",
    "logits_to_class_map",
    "foreground_mask",
)
WAYS: dict[str, Way] = {
    "other names": other_names,
    "type hints": type_hints,
    "a closure": closure,
    "the result named": result_first,
    "one call a line": one_call_a_line,
    "functions for methods": functions_for_methods,
    "axis for dim": axis_for_dim,
    "keywords": keywords,
    "concatenate": concatenate,
    "comparisons mirrored": mirrored,
    "factors and summands exchanged": exchanged,
    "logical functions": logical,
    "a loop for a comprehension": loop_for_comprehension,
    "a list to go through": list_of_rounds,
    "inference_mode": quiet_otherwise("torch.inference_mode()"),
    "set_grad_enabled": quiet_otherwise("torch.set_grad_enabled(False)"),
    "an early return": no_else,
    "a try": tried,
    "channels last at the end": on_return("a.contiguous(memory_format=torch.channels_last)", *MAPS),
    "channels last at first": at_first(
        "{0} = {0}.contiguous(memory_format=torch.channels_last)",
        *(n for n in MAPS if n not in ("image_to_tensor", "predict_masks")),
    ),
    "contiguous": on_return("a.contiguous()", *TENSORS),
    "a copy returned": on_return("a.clone()", *TENSORS),
    "a copy to work on": at_first(
        "{0} = {0}.clone()", *(n for n in TENSORS if n not in ("image_to_tensor", "predict_masks"))
    ),
    "double precision and back": on_return(
        "a.double().float()",
        "unet_forward",
        "image_to_tensor",
        "predict_masks",
        "segmentation_loss",
    ),
    "something printed": at_first("print('here', type({0}))"),
    "an import inside": at_first("import math, torch, torch.nn.functional as F"),
    "a check of the argument": at_first("assert {0} is not None, 'nothing came in'"),
}


def rewritten() -> Iterator[Rewritten]:
    """All right answers in all ways that fit, each code once."""
    for notebook in course.NAMES:
        for exercise, task in course.exercises(notebook).items():
            rights = [("the solution", task.source, function_of(exercise))]
            rights += [
                (a.about, a.cell, a.name) for a in course.bank(notebook)[exercise] if a.correct
            ]
            seen = set()
            for about, source, name in rights:
                for way, change in WAYS.items():
                    only = ONLY.get(change, ())
                    if only and exercise not in only:
                        continue
                    cell = changed(source, name, change)
                    if cell and cell not in seen:
                        seen.add(cell)
                        yield Rewritten(notebook, exercise, about, way, cell)


def function_of(exercise: str) -> str:
    """The function, or method, in which an exercise's solution stands."""
    return {"unet_init": "__init__", "unet_forward": "forward"}.get(exercise, exercise)


def changed(source: str, name: str, change: Way) -> str:
    """The code with one function rewritten, or nothing where the way does not fit."""
    tree = ast.parse(source)
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    function = functions.get(name, functions.get("__init__"))
    if function is None or any(isinstance(n, ast.Yield | ast.Lambda) for n in ast.walk(function)):
        return ""
    words = function.body[:1] if ast.get_docstring(function) else []
    function.body = function.body[len(words) :]
    if not function.body or not change(function):
        return ""
    function.body = words + function.body
    return ast.unparse(ast.fix_missing_locations(tree))


def refused(answer: Rewritten) -> dict[str, str]:
    """The messages of the graded cells that fail."""
    names = dict(course.solved(answer.notebook))
    task = course.exercises(answer.notebook)[answer.exercise]
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(task.source, f"<{answer.exercise}>", "exec"), names)
        try:
            exec(compile(answer.cell, "<answer>", "exec"), names)
        except Exception as error:
            return {"": course.told(error)}
        found = course.refusals(task.tests, names)
    return {grade_id: course.told(error) for grade_id, error in found.items()}


def main(count: str = "0") -> int:
    """Run them; 0 if none was refused."""
    answers = list(rewritten())
    if int(count):
        answers = random.Random(0).sample(answers, min(int(count), len(answers)))
    outcomes = in_processes(refused, answers)
    wrong = [(a, m) for a, m in zip(answers, outcomes, strict=True) if m]
    for answer, messages in wrong:
        print(f"\n--- {answer.exercise}: {answer.about}, {answer.way}\n{answer.cell}")
        for grade_id, message in messages.items():
            print(f"{grade_id}: {message}")
    print(f"\n{len(answers)} right answers written otherwise, refused: {len(wrong)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
