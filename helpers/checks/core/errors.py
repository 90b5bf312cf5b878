"""What the commonest errors of PyTorch and Python mean, and what to do: one table for all checks.

A sentence says no more than the error itself proves; an exercise that knows more says that instead.
"""

import re

from helpers.checks.core.handle import Crash

# A part of the error, as a regular expression; the sentence, which may take up its groups.
TABLE: dict[str, str] = {
    # layers and channels
    r"expected input\[[\d, ]+\] to have (\d+) channels, but got (\d+) channels": "a layer made for {0} channels was given a map of {1}. The first number that a layer is "
    "made with is the number of channels that come in.",
    r"Expected 3D \(unbatched\) or 4D \(batched\) input to (\w+), but got input of size: (.+)": "{0} takes maps of shape (B, C, H, W); here it was given shape {1}.",
    r"Kernel size can't be greater than actual input size": "the map that comes in is smaller than the kernel. Is a padding missing?",
    r"Output size is too small|output size.*too small": "the map became smaller than one pixel: it was made smaller once too often.",
    r"mat1 and mat2 shapes cannot be multiplied": "nn.Linear takes the last axis of what comes in, and its length is another than the layer "
    "was made for.",
    r"missing the required \"forward\"|_forward_unimplemented": "the class has no method `forward(self, x)`, indented like `__init__`.",
    r"before Module.__init__\(\) call": "a class of layers calls `super().__init__()`, with both pairs of brackets, in its own "
    "__init__ before it makes its first layer.",
    r"(list|tuple) is not a Module subclass": "nn.Sequential takes its layers one by one, not a {0} of them: a `*` before the {0} takes "
    "it apart.",
    r"Tensor is not a Module subclass": "nn.Sequential takes layers, not the result of calling one on a tensor.",
    r"is not a Module subclass": "nn.Sequential takes layers only. `nn.ReLU()` makes one; `nn.ReLU` without brackets is "
    "its class, and `F.relu` or `torch.relu` is a function.",
    r"must be Tensor, not (Conv2d|ConvTranspose2d|MaxPool2d|ReLU|Sequential|\w*Block)\b": "a layer was given another layer instead of a tensor: call the layer on a tensor and pass "
    "on what it returns.",
    r"must be Tensor, not (method|function|builtin_function_or_method|type)": "a function stands where its result should: the brackets that call it are missing.",
    r"must be Tensor, not (NoneType)": "None stands where a tensor should: something above returned nothing.",
    r"must be tuple of Tensors, not Tensor|cat\(\) takes from|cat\(\) received an invalid": "torch.cat takes its tensors as one list, and then the axis: torch.cat([a, b], dim=...).",
    r"expected Tensor as element \d+ in argument 0, but got (\w+)": "the list that was given to PyTorch holds a {0}, not only tensors.",
    # shapes
    r"Sizes of tensors must match except in dimension (\d+)\. Expected size (\d+) but got size "
    r"(\d+)": "maps that are joined along axis {0} agree in every other axis; here one has {1} where "
    "another has {2}.",
    r"Tensors must have same number of dimensions: got (\d+) and (\d+)": "tensors that are joined have equally many axes; one has {0}, another {1}.",
    r"stack expects each tensor to be equal size": "torch.stack puts tensors of one and the same shape on a new axis; torch.cat joins along "
    "an axis that is there.",
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton "
    r"dimension (\d+)": "two tensors that are combined pixel by pixel have {0} and {1} entries on axis {2}.",
    r"shape '(.+)' is invalid for input of size (\d+)": "{1} numbers do not fill the shape {0}.",
    r"shape mismatch: value tensor of shape|shape of the mask|expand\(torch|The expanded size of": "what is put in has another shape than the place it is put into.",
    r"number of dimensions in the tensor input does not match the length of the desired ordering": "permute names every axis of the tensor once.",
    r"Dimension out of range \(expected to be in range of \[(-?\d+), (\d+)\], but got (-?\d+)\)": "the tensor has no axis {2}: its axes are 0 to {1}.",
    r"too many indices for tensor of dimension (\d+)|"
    r"too many indices for array: array is (\d+)-dimensional": "the tensor has fewer axes than the brackets name.",
    r"index (-?\d+) is out of bounds for dimension (\d+) with size (\d+)": "axis {1} has {2} entries, counted from 0, so there is no entry {0}.",
    r"indexed with .* out of range|list index out of range|tuple index out of range|"
    r"string index out of range": "there is no such entry: Python counts from 0, so the last of n is number n - 1.",
    r"(not enough|too many) values to unpack \(expected (\d+)(?:, got (\d+))?": "the line takes {1} values apart, but there are {0}.",
    r"slice step (?:must be positive|cannot be zero)|step must be greater than zero": "the step of a slice is at least 1.",
    r"dim (\d+) appears multiple times in the list of dims|duplicate dims are not allowed|"
    r"repeated dim": "an axis is named twice.",
    r"Padding length must be divisible by 2|Padding length should be": "F.pad takes two numbers for each axis, beginning with the last: (left, right, top, "
    "bottom).",
    r"negative dimension|negative dimensions": "a side of the tensor would be less than 0 long.",
    r"in_channels must be divisible by groups|out_channels must be divisible by groups": "the layer got a number for `groups`, its sixth argument, that does not fit: count the "
    "arguments, or name them.",
    r"multi-target not supported": "F.cross_entropy takes logits (B, classes, H, W) and class numbers (B, H, W).",
    r"more than one element of the written-to tensor refers to a single memory location|"
    r"elements of the input tensor and the written-to tensor refer to a single memory|"
    r"refers to a single memory location": "the tensor was stretched by `expand`, so several of its places are one: copy it before "
    "you write into it.",
    # kinds of numbers
    r"Input type \((\S+)\) and (?:weight|bias) type \((\S+)\) should be the same|"
    r"expected (?:m1 and m2|mat1 and mat2) to have the same dtype, but got: (\S+) != (\S+)": "numbers of two kinds meet in a layer: its weights are float32, what came in is not. Turn "
    "what comes in into float32.",
    # older versions of PyTorch say this of F.cross_entropy's target, too
    r"expected scalar type Long but found (\w+)": "whole numbers (int64) are needed here, such as F.cross_entropy's classes; they came as {0}.",
    r"expected scalar type (\w+) but found (\w+)": "PyTorch expects {0} numbers here and got {1}.",
    r"not implemented for '(Long|Int|Byte|Bool|Short|Char)'": "this operation takes floating-point numbers only, and was given whole numbers or truth "
    "values.",
    r"mean\(\): could not infer output dtype|Input dtype must be either a floating point or": "a mean is taken of floating-point numbers only: turn the numbers into float first.",
    r"(?:Subtraction|Negation), the `-` operator, (?:with|on) .*bool": "True and False cannot be subtracted. `&` is *and*, `|` is *or*, `~` is *not*, `^` is "
    "*one of both*.",
    r"result type (\w+) can't be cast to the desired output type (\w+)": "{0} numbers do not fit into a tensor of {1} ones.",
    r"(?:index|indices).*(?:must be|should be).*(?:long|integer|bool|byte)|"
    r"only integers, slices .* are valid indices|"
    r"tensors used as indices must be long": "what stands in the brackets is neither a whole number nor a mask of True and False.",
    r"'float' object cannot be interpreted as an integer|"
    r"must be int, not float|must be tuple of ints, not|but found element of type float": "a whole number is needed; `/` always gives a float, `//` a whole number.",
    r"Boolean value of Tensor with more than one value is ambiguous": "`if`, `and`, `or` and `not` ask one question of a whole tensor. Pixel by pixel it is `&`, "
    "`|` and `~`, with brackets around each side.",
    r"Boolean value of Tensor with no values is ambiguous": "`if`, `and`, `or` and `not` were asked about a tensor without numbers.",
    r"only one element tensors can be converted|cannot be converted to Scalar|"
    r"only 0-dimensional arrays can be converted|only length-1 arrays can be converted": "only a tensor with one number can become a Python number: reduce it first, by a sum or a "
    "mean, say.",
    r"is not valid for Byte|value cannot be converted to type (\w+) without overflow": "the number does not fit into the tensor's type.",
    r"division by zero": "something was divided by 0.",
    r"type must be tuple of ints, ?but got (\w+)|must be tuple of ints, but found element of type "
    r"(\w+)": "sides and paddings are whole numbers; one of these is a {0}.",
    r"only integer tensors of a single element can be converted to an index": "a tensor stands where one whole number belongs.",
    r"training mode is expected to be boolean": "`train(mode)` takes True or False.",
    # gradients
    r"does not require grad and does not have a grad_fn": "no gradient leads back from here: the numbers were computed under `no_grad`, detached, "
    "turned into Python numbers, or chosen by an argmax or a comparison.",
    r"modified by an inplace operation": "a tensor that the backward pass still needs was changed in place (by `+=`, an assignment "
    "to a slice, or a function such as `relu_`). Make a new tensor instead.",
    r"leaf Variable that requires grad": "a tensor that asks for gradients was changed in place. Make a new tensor instead.",
    r"backward through the graph a second time": "backward was called twice on one result: the first call throws the graph away.",
    r"grad can be implicitly created only for scalar outputs": "backward starts from one number: take the mean or the sum first.",
    r"Can't call numpy\(\) on Tensor that requires grad": "NumPy cannot carry gradients, so PyTorch refuses to hand a tensor that has one over.",
    r"optimizer got an empty parameter list": "the module has no parameters: its layers are not attributes of it, made in __init__.",
    # losses and files
    r"Target (-?\d+) is out of bounds": "there is a class {0} in the target, but no channel of the logits for it.",
    r"Expected floating point type for target with class probabilities": "F.cross_entropy takes logits (B, classes, H, W) and class numbers (B, H, W); here both "
    "have the same shape.",
    r"expected target dtype to be Long": "F.cross_entropy takes the classes as whole numbers (int64).",
    r"Expected target size|only batches of spatial targets supported|input and target batch or "
    r"spatial sizes don't match|size mismatch \(got input": "F.cross_entropy takes logits (B, classes, H, W) and class numbers (B, H, W).",
    r"'_IncompatibleKeys' object": "load_state_dict does not return the model, but a report about names: call it on a line of "
    "its own.",
    r"'(?:collections\.)?OrderedDict' object|'dict' object has no attribute '(?:eval|state_dict|"
    r"load_state_dict|train)'": "torch.load returns the saved numbers by name, a dictionary and not a model: load them "
    "into a model by load_state_dict.",
    r"Expected state_dict to be dict-like, got <class '(?:str|pathlib\.\w+)'>": "load_state_dict takes the saved numbers, not a file's name: torch.load reads the file.",
    # Python
    r"NoneType": "something is None here: what a function without a `return` gives back, or a method that "
    "changes its object, or the bias of a layer that has none.",
    r"'(?:builtin_function_or_method|method|function|type)' object is not (?:subscriptable|"
    r"iterable)|'(?:builtin_function_or_method|method|function)' object has no attribute|"
    r"(?:unsupported operand type|not supported between).*(?:method|function|'type')": "a function stands where its result should: the brackets that call it are missing.",
    r"(?:iteration over a 0-d tensor|'(?:int|float)' object is not iterable)": "a single number cannot be gone through one by one.",
    r"cannot unpack non-iterable (\w+) object": "the line takes several values apart, but there is a single {0}.",
    r"'(\w+)' object does not support item assignment|can't assign a (\w+) to": "nothing can be put into the entries of a {0}, or it is no number.",
    r"object of type '(\w+)' has no len": "a {0} has no length.",
    r"does not support the (?:asynchronous )?context manager protocol": "`with` takes a block's manager, such as `torch.no_grad()`, with its brackets.",
    r"'(\w+)' object is not callable": "brackets stand after something that is no function: a {0}.",
    r"takes no keyword arguments|takes at least|takes exactly|takes at most|expected at least|"
    r"expected at most": "a call passes too many or too few values, or one by a name that is not taken.",
    r"'(\w+)' object is not (?:subscriptable|iterable)": "a {0} has no entries to be taken by number or one by one.",
    r"'(\w+)' object has no attribute '(\w+)'": "there is nothing called `{1}` in this {0}. Is it spelled as where it was made?",
    r"module '(?:torch\S*)' has no attribute '(\w+)'": "PyTorch has nothing of the name `{0}` there.",
    r"name '(\w+)' is not defined|cannot access (?:local|free) variable '(\w+)'": "the name {0} has no value on this line. Is it spelled as where it was made, and made "
    "before? Layers of a network are reached through `self.`.",
    r"missing (\d+) required positional arguments?: (.+)": "a call leaves out {1}.",
    r"takes (?:from )?(?:\d+ to )?(\d+) positional arguments? but (\d+) (?:was|were) given": "a call passes {1} values where {0} are taken; in a method, `self` is one of them.",
    r"got an unexpected keyword argument '(\w+)'": "there is no argument called `{0}`.",
    r"got multiple values for argument '(\w+)'": "the argument `{0}` was given twice, by its place and by its name.",
    r"unsupported operand type\(s\) for (\S+) '?(\S+?)'? and '?(\S+?)'?$": "`{0}` does not combine a {1} and a {2}.",
    r"(\w+)\(\) received an invalid combination of arguments": "{0} was called with arguments that it does not take, or one that it needs is missing.",
    r"argument '(\w+)' \(position (\d+)\) must be (.+?), not (\w+)": "the argument number {1}, `{0}`, is a {3}; a {2} is needed.",
    r"argument '(\w+)' must be (.+?), not (\w+)": "the argument `{0}` is a {2}; a {1} is needed.",
    r"missing 1 required|missing required argument": "a call leaves out an argument.",
    r"maximum recursion depth exceeded": "a function calls itself without an end.",
    r"No module named '(\S+)'": "{0} is not installed here; the exercise does without.",
    r"may take [\d.]+ seconds": "it did not come to an end: is there a loop that never stops?",
}
PATTERNS = [(re.compile(pattern), sentence) for pattern, sentence in TABLE.items()]


def explain(crash: Crash) -> str:
    """What a crash means and what to do about it; an empty string where the table knows nothing."""
    for pattern, sentence in PATTERNS:
        found = pattern.search(str(crash))
        if found:
            return sentence.format(*(g for g in found.groups() if g is not None), "", "", "")
    return ""
