"""Values on their way between the env server and a metric: JSON, and objects of one `$` key for what JSON cannot say."""

from __future__ import annotations

import json
import math
import os

# What is larger stays here: the server is not to parse what a guest made.
LARGEST = 64 * 1024
MOST_EXACT = 2**53


class Kept:
    """Values of getters that stay in the process: the server hands `{"$kept": …}` on to the metric."""

    def __init__(self, evaluation: str, folder: str) -> None:
        self._evaluation = evaluation
        self._folder = folder
        self._values: list[object] = []

    def encode(self, value: object) -> object:
        if _survives(value):
            text = json.dumps(value)
            if len(text) <= LARGEST:
                return value
        self._values.append(value)
        return {"$kept": f"{self._evaluation}/{len(self._values) - 1}"}

    def decode(self, body: bytes):
        """The object that `body` is, with what its `$` keys stand for."""
        return json.loads(body, object_hook=self._resolve)

    def _resolve(self, found: dict):
        if len(found) != 1:
            return found
        ((key, value),) = found.items()
        if key == "$kept":
            return self._values[int(value.rpartition("/")[2])]
        if key == "$file":
            return os.path.join(self._folder, value)
        if key == "$float":
            return float(value)
        if key == "$int":
            return int(value)
        if key == "$object":
            return {name: member for name, member in value}
        return found


def _survives(value: object) -> bool:
    """Whether it comes back as it was from a program that has one kind of number and sorts keys that are numbers."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return True
    if kind is int:
        return -MOST_EXACT < value < MOST_EXACT
    if kind is float:
        return math.isfinite(value) and not value.is_integer()
    if kind is list:
        return all(_survives(member) for member in value)
    if kind is dict:
        return all(_is_plain(key) and _survives(member) for key, member in value.items())
    return False


def _is_plain(key: object) -> bool:
    return type(key) is str and key != "" and not key.startswith(("$", "__")) and not key.isdigit()


def score(value: object) -> object:
    """What a metric gave, as `float()` will see it. Raises TypeError for what that takes for no number."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value[:1000]
    number = float(value)
    return number if math.isfinite(number) else {"$float": {math.inf: "Infinity", -math.inf: "-Infinity"}.get(number, "NaN")}
