"""What passes between a check and the learner's process: broken messages, odd objects, settings."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from helpers.checks.core.handle import Crash, Handle, Here, count_turns, read, refer
from helpers.probes import functions, inference
from helpers.probes.describe import as_data, describe, shape_of
from helpers.probes.place import Keep, Place, crash, own_settings
from helpers.probes.wire import (
    DEEPEST,
    HEADER,
    MOST_AXES,
    MOST_BITS,
    MOST_BODY,
    BadMessage,
    Thing,
    pack,
    unpack,
)


def no_reference(value: object) -> object:
    """Nothing has a reference."""
    raise TypeError(f"{value} is no data")


def message(head: object, body: bytes = b"") -> bytes:
    """A message with any JSON in it."""
    text = json.dumps(head).encode()
    return HEADER.pack(len(text), len(body)) + text + body


def nested(depth: int) -> object:
    """Lists in lists."""
    return {"l": [nested(depth - 1)]} if depth else None


THING = ["type", "text", ("type",), None, ()]
BROKEN = {
    "no header": b"\1",
    "too short": message(1)[:-1],
    "too long": message(1) + b"-",
    "too large": HEADER.pack(1, MOST_BODY + 1),
    "no JSON": HEADER.pack(2, 0) + b"{]",
    "no text": HEADER.pack(2, 0) + b"\xff\xfe",
    "too deep": message(nested(DEEPEST + 1)),
    "deeper than Python": HEADER.pack(200_000, 0) + b"[" * 200_000,
    "a number without end": message(1 << MOST_BITS),
    "a list as it is": message([1]),
    "two kinds at once": message({"l": [], "u": []}),
    "an unknown kind": message({"x": 1}),
    "a list that is none": message({"l": 5}),
    "a key that is a list": message({"d": [[{"l": []}, 1]]}),
    "pairs that are none": message({"d": [[1, 2, 3]]}),
    "an unknown type of number": message({"t": ["float3", [1], False]}, b"1"),
    "a shape below zero": message({"t": ["uint8", [-1], False]}, b"1"),
    "a shape of fractions": message({"t": ["uint8", [0.5], False]}, b"1"),
    "too many axes": message({"t": ["uint8", [1] * (MOST_AXES + 1), False]}, b"1"),
    "a tensor beyond the end": message({"t": ["float64", [2], False]}, b"12345678"),
    "a tensor of two fields": message({"t": ["uint8", [1]]}, b"1"),
    "a thing of too few fields": message({"o": []}),
    **{
        f"a thing whose field {i} is a list of nothing": message(
            {"o": [{"u": []} if i != j else {"l": []} for j in range(5)]}
        )
        for i in range(5)
    },
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_message_that_nobody_would_write_is_refused(broken):
    with pytest.raises(BadMessage):
        unpack(broken, no_reference)


def test_a_byte_that_is_no_bool_is_true_and_text_has_no_half_characters():
    found = unpack(message({"t": ["bool", [3], True]}, b"\0\1\2"), no_reference)
    assert found.tolist() == [False, True, True] and not found.requires_grad
    assert unpack(message("a\ud800b"), no_reference) == "a?b"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(1 << 70),
        float("inf"),
        "✓",
        [1, (2, "3"), {"a": [None], 4: ()}],
        Thing("C", "a C", ("C", "object"), 2.5, (1,)),
    ],
)
def test_data_arrives_as_it_was(value):
    assert unpack(pack(value, no_reference), no_reference) == value


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int8, torch.complex64])
def test_tensors_arrive_as_they_were(dtype):
    for x in (torch.arange(6).reshape(2, 3).to(dtype), torch.zeros(0, 4, dtype=dtype)):
        found = unpack(pack(x.T, no_reference), no_reference)
        assert found.dtype == dtype and torch.equal(found, x.T)
    asked = torch.ones(2, requires_grad=True)
    assert unpack(pack(asked, no_reference), no_reference).requires_grad


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {"saw": 1, "crash": 2},
        {"crash": {"kind": "E"}},
        {"crash": {"kind": "E", "bases": (1,), "text": "", "given": (), "lines": ()}},
    ],
)
def test_an_answer_that_no_probe_gives_is_refused(answer):
    with pytest.raises(BadMessage, match="neither what a probe saw nor a crash"):
        read(answer)


def test_an_object_is_no_data():
    with pytest.raises(TypeError, match="object is no data"):
        refer(object())
    with pytest.raises(TypeError, match="a probe returned a object"):
        Place({}).keep(object())
    assert Place({}).keep(Keep(object())) == 1


# -- odd objects of the learner's -----------------------------------------------------------------


class Rude(Exception):
    """Has no words for itself."""

    def __str__(self) -> str:
        raise ValueError("no")

    __repr__ = __str__


def test_what_has_no_words_is_called_by_its_kind():
    told = crash(Rude())
    assert (told["kind"], told["text"]) == ("Rude", "")
    assert describe(Rude()) == "a Rude"
    assert describe("x" * 100) == "'" + "x" * 76 + "..."
    assert shape_of(torch.ones(2, 3)) == "(2, 3)" and shape_of(5) == "int"


@pytest.mark.parametrize(
    ("value", "kind", "number"),
    [
        (torch.zeros(2, device="meta"), "Tensor", None),
        (torch.eye(2).to_sparse(), "Tensor", None),
        (np.array(3.5), "ndarray", 3.5),
        (range(3), "range", None),
        (1 << (MOST_BITS + 1), "int", None),
        (int, "int", None),
        (b"7", "bytes", None),
    ],
)
def test_what_is_no_data_comes_back_in_words(value, kind, number):
    found = as_data(value)
    assert isinstance(found, Thing) and (found.kind, found.number) == (kind, number)
    assert str(found) == found.text


def test_scalars_of_numpy_are_numbers():
    assert as_data(np.float32(0.5)) == 0.5 and as_data({(1, 2): np.int64(3)}) == {"(1, 2)": 3}


def test_a_module_is_told_from_a_function():
    assert functions.is_module(nn.Conv2d) is True
    found = functions.is_module(nn.ReLU())
    assert isinstance(found, Thing) and found.is_a("Module")
    assert functions.is_module(5) == 5


def test_the_gradient_of_complex_numbers_is_that_of_both_parts():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    found = functions.call(lambda x: torch.complex(x, 3 * x), [x], grads=[0])
    assert torch.equal(found["grads"][0], 20 * x.detach())


def test_a_file_that_runs_code_is_noticed():
    inference.Trap.sprung = False
    inference.spring()
    assert inference.Trap.sprung
    inference.Trap.sprung = False


# -- where probes run -----------------------------------------------------------------------------


def test_a_check_has_settings_of_its_own_and_the_learners_come_back():
    torch.set_default_device("meta")
    torch.set_default_dtype(torch.float64)
    try:
        with own_settings(0):
            assert torch.ones(1).device.type == "cpu" and torch.ones(1).dtype is torch.float32
        assert torch.ones(1).device.type == "meta" and torch.ones(1).dtype is torch.float64
    finally:
        torch.set_default_device("cpu")
        torch.set_default_dtype(torch.float32)


def test_a_stand_in_stands_where_a_name_is_missing_and_goes_away_again():
    space: dict = {}
    exec("def user():\n    return missing()", space)
    user = Here(space["user"])
    assert user.replace("missing", "def missing():\n    return 3")
    assert space["user"]() == 3
    user.put_back()
    assert "missing" not in space
    assert not user.replace("another", "def another():\n    return 3")


def test_a_place_tells_which_names_it_has():
    assert Place({"f": 1}).knows(["f", "g"]) == [True, False]


def test_a_crash_says_what_it_is():
    def raises():
        raise KeyError("k")

    count_turns()
    with pytest.raises(Crash) as caught:
        Here(raises).ask("functions.call", [])
    assert caught.value.is_a("LookupError") and not caught.value.is_a("ValueError")
    assert caught.value.lines[-1].startswith("raises, line")


def test_a_handle_of_no_place_answers_nothing():
    nowhere = Handle("f")
    for use in (lambda: nowhere.told, lambda: nowhere.exchange(b""), lambda: nowhere.at(1)):
        with pytest.raises(NotImplementedError):
            use()
