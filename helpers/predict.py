"""A guess before each exercise: checked at once, worth nothing, stored nowhere.

The question stands in the notebook, above `predict("2.1")`. The replies stand in
`helpers/assets/predictions.json`: to the right guess, and to each likely wrong one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from helpers.data import ASSETS
from helpers.show import drawing

FILE = ASSETS / "predictions.json"


@dataclass(frozen=True)
class Prediction:
    """What a question's guesses are told: `replies` by guess, in the order in which they are shown.

    One of them is `right`. Any other guess gets `hint`. With `typed`, the learner writes the guess
    and does not see which ones are expected.
    """

    right: str
    replies: Mapping[str, str]
    typed: bool = False
    hint: str = ""

    def reply(self, guess: object) -> str:
        """What to tell a learner who guesses this."""
        known = next((text for text in self.replies if same(text, guess)), None)
        if known == self.right:
            return f"Right: {self.right}. {self.replies[self.right]}"
        if known is None and not self.typed:
            return f"Please choose one of: {', '.join(self.replies)}."
        return f"Not quite. {self.replies[known] if known else self.hint}"


@cache
def predictions() -> dict[str, Prediction]:
    """All questions, by the number of the exercise and perhaps a letter, such as "4.1b"."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: Prediction(**entry) for name, entry in found.items()}


def same(one: object, other: object) -> bool:
    """Whether two guesses say the same: equal numbers in equal order, or else equal words."""
    numbers = [re.findall(r"(?<!\d)-?(?:\d+\.?\d*|\.\d+)", str(guess)) for guess in (one, other)]
    if any(numbers):
        first, second = ([float(number) for number in found] for found in numbers)
        return first == second
    return str(one).strip().casefold() == str(other).strip().casefold()


@drawing
def predict(name: str, guess: object = None) -> None:
    """Ask for a guess at the question above, and reply to it at once.

    Without widgets, give your guess here: `predict("2.1", 7)`.

    Raises:
        ValueError: there is no such question.
    """
    if name not in predictions():
        raise ValueError(f"There is no question {name!r} to predict.")
    asked = predictions()[name]
    if guess is not None:
        print(asked.reply(guess))
        return
    choice = "" if asked.typed else f" Choose one of: {', '.join(asked.replies)}."
    how = f'Make a guess.{choice} Without widgets, write predict("{name}", "your guess").'
    try:
        from helpers.widgets import guess_box
    except ImportError:  # the plain call still works
        print(how)
    else:
        guess_box(() if asked.typed else tuple(asked.replies), asked.reply, how)
