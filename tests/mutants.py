"""First-order mutants of code: the same code with one small fault.

The faults are those of a slip: another operator, constant, comparison or name, arguments dropped or
swapped, elements swapped, a statement or a call left out, a condition turned round. No kept library
changes the cells of a notebook and knows all of these (cosmic-ray, the nearest, changes files, and
neither arguments nor calls).
"""

import ast
import copy
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitAnd: (ast.BitOr,),
}
COMPARISONS = {
    ast.Eq: (ast.NotEq, ast.GtE),
    ast.NotEq: (ast.Eq,),
    ast.Gt: (ast.GtE, ast.Lt, ast.Eq),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
}
# Names of the libraries that stand near each other in their documentation, or in a beginner's head.
NEIGHBOURS = {
    "argmax": ("argmin", "max"),
    "softmax": ("sigmoid", "log_softmax"),
    "sum": ("mean", "max"),
    "mean": ("sum",),
    "train": ("eval",),
    "eval": ("train",),
    "zeros_like": ("ones_like",),
    "new_zeros": ("new_ones",),
    "cat": ("stack",),
    "stack": ("cat",),
    "flip": ("roll",),
    "transpose": ("flip",),
    "permute": ("reshape",),
    "Conv2d": ("ConvTranspose2d",),
    "ConvTranspose2d": ("Conv2d",),
    "conv2d": ("conv_transpose2d",),
    "MaxPool2d": ("AvgPool2d",),
    "ReLU": ("Sigmoid", "LeakyReLU"),
    "no_grad": ("enable_grad",),
    "float": ("double", "half"),
    "unsqueeze": ("squeeze",),
    "cross_entropy": ("nll_loss",),
    "parameters": ("buffers",),
    "step": ("zero_grad",),
    "numel": ("dim",),
    "item": ("detach",),
}


@dataclass(frozen=True)
class Mutant:
    """A cell's source with one fault, and the lines that differ, as `- was` and `+ is`."""

    source: str
    difference: str


@cache
def mutants(source: str) -> list[Mutant]:
    """All mutants of a cell, between its solution's marks; each once."""
    lines = source.splitlines()
    first, last = (
        next((i for i, line in enumerate(lines, 1) if mark in line), default)
        for mark, default in ((BEGIN, 0), (END, len(lines) + 1))
    )
    tree = ast.parse(source)
    was = ast.unparse(tree)
    found: dict[str, Mutant | None] = {was: None}
    free = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }  # the words of an error are nobody's to judge
    for number, node in enumerate(ast.walk(tree)):
        if not first < getattr(node, "lineno", 0) < last or id(node) in free:
            continue
        for change in changes(node, tree):
            other = copy.deepcopy(tree)
            change(nth(other, number), other)
            try:
                text = ast.unparse(ast.fix_missing_locations(other))
                compile(text, "<mutant>", "exec")
            except (SyntaxError, ValueError, AttributeError, TypeError):
                continue
            found.setdefault(text, Mutant(text, difference(was, text)))
    return [mutant for mutant in found.values() if mutant]


def nth(tree: ast.AST, number: int) -> ast.AST:
    """The node that stands at this place of a walk."""
    return next(node for i, node in enumerate(ast.walk(tree)) if i == number)


def difference(was: str, now: str) -> str:
    """The changed lines."""
    return "\n".join(
        f"{line[0]} {line[1:].strip()}"
        for line in difflib.unified_diff(was.splitlines(), now.splitlines(), n=0, lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---")
    )


def replaced(by) -> object:
    """A change that puts `by(node)` in the node's place."""

    def change(node: ast.AST, tree: ast.AST) -> None:
        new = by(node)
        for parent in ast.walk(tree):
            for name, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, name, new)
                elif isinstance(value, list):
                    value[:] = [new if one is node else one for one in value]

    return change


def edited(do) -> object:
    """A change made on the node itself."""
    return lambda node, tree: do(node)


def changes(node: ast.AST, tree: ast.AST) -> Iterator:
    """The changes that a node invites."""
    kind = type(node).__name__
    yield from globals().get(f"change_{kind.lower()}", lambda node, tree: ())(node, tree)
    if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield replaced(lambda n: ast.Pass())


def change_binop(node, tree):
    """Another operator; one side alone; the sides swapped."""
    for other in OPERATORS.get(type(node.op), ()):
        yield edited(lambda n, other=other: setattr(n, "op", other()))
    yield replaced(lambda n: n.left)
    yield replaced(lambda n: n.right)
    if isinstance(node.op, ast.Sub | ast.Div | ast.FloorDiv):
        yield edited(lambda n: n.__dict__.update(left=n.right, right=n.left))


def change_augassign(node, tree):
    """A plain assignment."""
    yield replaced(lambda n: ast.Assign([n.target], n.value))


def change_unaryop(node, tree):
    """Without it."""
    yield replaced(lambda n: n.operand)


def change_compare(node, tree):
    """Another comparison."""
    for other in COMPARISONS.get(type(node.ops[0]), ()):
        yield edited(lambda n, other=other: n.ops.__setitem__(0, other()))


def change_constant(node, tree):
    """Another number or truth value."""
    if isinstance(node.value, bool):
        yield edited(lambda n: setattr(n, "value", not n.value))
    elif isinstance(node.value, int | float):
        for by in (1, -1):
            yield edited(lambda n, by=by: setattr(n, "value", n.value + by))


def change_if(node, tree):
    """The condition turned round, or left out."""
    yield edited(lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test)))
    yield edited(lambda n: setattr(n, "test", ast.Constant(True)))


def change_ifexp(node, tree):
    """One branch alone; both swapped."""
    yield replaced(lambda n: n.body)
    yield replaced(lambda n: n.orelse)
    yield edited(lambda n: n.__dict__.update(body=n.orelse, orelse=n.body))


def change_call(node, tree):
    """An argument dropped, two swapped; the call left out."""
    for i in range(len(node.args)):
        yield edited(lambda n, i=i: n.args.pop(i))
        yield replaced(lambda n, i=i: n.args[i])
    for i in range(len(node.args) - 1):
        yield edited(lambda n, i=i: n.args.__setitem__(slice(i, i + 2), [n.args[i + 1], n.args[i]]))
    for i in range(len(node.keywords)):
        yield edited(lambda n, i=i: n.keywords.pop(i))
    if isinstance(node.func, ast.Attribute):
        yield replaced(lambda n: n.func.value)


def change_sequence(node, tree):
    """An element left out; two neighbours swapped."""
    for i in range(len(node.elts)):
        yield edited(lambda n, i=i: n.elts.pop(i))
    for i in range(len(node.elts) - 1):
        yield edited(lambda n, i=i: n.elts.__setitem__(slice(i, i + 2), [n.elts[i + 1], n.elts[i]]))


change_tuple = change_list = change_sequence


def change_subscript(node, tree):
    """Without the index."""
    yield replaced(lambda n: n.value)


def change_slice(node, tree):
    """Without one of its parts."""
    for part in ("lower", "upper", "step"):
        if getattr(node, part):
            yield edited(lambda n, part=part: setattr(n, part, None))


def change_with(node, tree):
    """The block alone."""
    yield edited(
        lambda n: n.items.__setitem__(
            0, ast.withitem(ast.parse("__import__('contextlib').nullcontext()", mode="eval").body)
        )
    )


def change_for(node, tree):
    """The first round alone; all but the first; none."""
    for text in ("list(_)[:1]", "list(_)[1:]", "[]"):

        def change(n, text=text):
            new = ast.parse(text, mode="eval").body
            for call in ast.walk(new):
                if isinstance(call, ast.Call):
                    call.args = [n.iter]
            n.iter = new

        yield edited(change)


def change_return(node, tree):
    """Nothing is returned."""
    yield edited(lambda n: setattr(n, "value", None))


def change_name(node, tree):
    """Another local name, where a name is read."""
    if isinstance(node.ctx, ast.Load):
        for other in locals_of(node, tree):
            yield edited(lambda n, other=other: setattr(n, "id", other))


def locals_of(node: ast.Name, tree: ast.AST) -> list[str]:
    """The other local names of the innermost function around a local name."""
    around = [
        f
        for f in ast.walk(tree)
        if isinstance(f, ast.FunctionDef) and any(inner is node for inner in ast.walk(f))
    ]
    if not around:
        return []
    function = around[-1]
    names = [a.arg for a in function.args.args]
    names += [
        n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    ]
    names = list(dict.fromkeys(names))
    return [name for name in names if name != node.id] if node.id in names else []


def change_attribute(node, tree):
    """A neighbour of its name; another attribute of the same object."""
    others = NEIGHBOURS.get(node.attr, ())
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        names = [
            n.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute)
            and isinstance(n.value, ast.Name)
            and n.value.id == "self"
        ]
        names = list(dict.fromkeys(names))
        at = names.index(node.attr)
        others = {*names[max(0, at - 2) : at], *names[at + 1 : at + 3]}
    for other in sorted(others):
        yield edited(lambda n, other=other: setattr(n, "attr", other))
