"""The shapes that leave a U-Net's layers: drawn as the U, and what they tell of a crash."""

import re
from collections.abc import Mapping

from helpers.checks.core.handle import Crash
from helpers.checks.core.wiring import DECODER, ENCODER, UPCONVS, channels

Shapes = Mapping[str, tuple]  # (C, H, W) by the layer's name


def expected_shapes(arguments: tuple, height: int, width: int) -> Shapes:
    """What leaves each layer in the order of the forward pass."""
    deep = {name: min(int(name[-1]), 4) - 1 for name in (*ENCODER, *UPCONVS, *DECODER)}
    order = (*ENCODER, *(f"{kind}{i}" for i in (3, 2, 1) for kind in ("upconv", "dec")), "out")
    given = channels(*arguments)
    return {n: (given[n][1], height >> deep.get(n, 0), width >> deep.get(n, 0)) for n in order}


def ledger(expected: Shapes, shapes: Shapes) -> str:
    """Every layer's shape (C, H, W) drawn as the U: the first that differs from `expected` is
    starred and told.
    """
    first = next((name for name in expected if shapes.get(name) != expected[name]), None)

    def entry(name: str) -> str:
        mine = shapes.get(name, "not reached")
        return f"{'*' if name == first else ''}{name} {mine}"

    rows = [
        ["enc1", "dec1", "out"],
        ["enc2", "upconv1", "dec2"],
        ["enc3", "upconv2", "dec3"],
        ["enc4", "upconv3"],
    ]
    lines = ["yours (C, H, W):  encoder down, decoder up"]
    for depth, (left, *right) in enumerate(rows):
        text = "  " * depth + entry(left)
        lines.append(f"{text:34}{'  '.join(map(entry, right))}")
    if first:
        lines.append(f"* the first that differs: {first} should give {expected[first]}")
    return "\n".join(lines)


def joined_wrongly(block: str, got: int, wanted: int) -> str:
    """What a block's number of channels says."""
    return (
        f"{block} got {got} channels, it should get {wanted}: the enlarged map and the skip "
        "side by side on the channel axis."
    )


def crash_cause(crash: Crash, shapes: Shapes, inputs: Shapes, expected: Shapes) -> str:
    """Why a forward pass stopped, by the shapes that left the layers and went into them."""
    words = pool_cause(shapes, expected)
    if words:
        return words
    level = next((i for i in (3, 2, 1) if f"dec{i}" not in shapes), 0)
    if not level or any(shape != expected.get(name, shape) for name, shape in shapes.items()):
        return ""
    wide, tall, _ = expected[f"upconv{level}"]
    if inputs.get(f"dec{level}"):
        got = inputs[f"dec{level}"][0]
        return "" if got == 2 * wide else joined_wrongly(f"dec{level}", got, 2 * wide)
    sizes = re.search(r"Expected size (\d+) but got size (\d+)", str(crash))
    pair = {int(number) for number in sizes.groups()} if sizes else set()
    if f"upconv{level}" not in shapes or tall not in pair:
        return ""
    (high,) = pair - {tall}
    if 2 * high == tall:
        return (
            f"the skip of level {level} is half as large as the map that upconv{level} "
            "enlarged: was it pooled before it was kept?"
        )
    other = next((name for name in ENCODER[:3] if expected[name][1] == high), "")
    return other and (
        f"the map that upconv{level} enlarged met the skip of {other}; each skip "
        "belongs to its own level, and the deepest comes first."
    )


def pool_cause(shapes: Shapes, expected: Shapes) -> str:
    """The pool that is missing, or one too many, if the first wrong shape is due to it."""
    wrong = next((n for n in ENCODER if n in shapes and shapes[n] != expected[n]), "")
    if wrong == "enc1" and shapes[wrong] == (expected[wrong][0], *expected["enc2"][1:]):
        return "the picture was pooled before enc1; it goes in as it is."
    above = ENCODER[ENCODER.index(wrong) - 1] if wrong else ""
    if wrong and shapes[wrong] == (expected[wrong][0], *expected[above][1:]):
        return f"{wrong} was given a map as large as that of {above}: no pool stands between them."
    return ""
