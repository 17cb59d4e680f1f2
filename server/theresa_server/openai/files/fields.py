"""The fields of a form by name: as texts, lists and objects, in every way that clients write them."""

import json
import re
from collections.abc import Collection, Iterable
from typing import Any

from theresa_protocol.lenient import quoted

_NAME = re.compile(r"([^\[\]]{1,64})((?:\[[^\[\]]{0,64}\]){0,2})")
_SEPARATOR = re.compile(r"[,，、;；\n]")

MAX_NAMED = 8
"""Number of ignored fields that a warning names."""

_OMITTED = frozenset({"file"})


class FormError(ValueError):
    """The form is invalid. The message is one sentence; ``param`` names the invalid field."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param


class FormFields:
    """The fields of a form. Unknown ones are ignored and named in a warning.

    Args:
        fields: Names and values in the order of the form.
        known: The names to read.
    """

    def __init__(self, fields: Iterable[tuple[str, str]], known: Collection[str]) -> None:
        self._fields: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._warnings: list[str] = []
        unknown: dict[str, None] = {}
        for name, value in fields:
            matched = _NAME.fullmatch(name)
            if matched is None or matched[1] not in known:
                unknown[name] = None
            elif value.strip():
                keys = tuple(re.findall(r"\[([^\]]*)\]", matched[2]))
                self._fields.setdefault(matched[1], []).append((keys, value))
        named = [quoted(name) for name in unknown if name not in _OMITTED]
        if named:
            more = ", …" if len(named) > MAX_NAMED else ""
            self.warn(f"Ignored unknown fields: {', '.join(named[:MAX_NAMED])}{more}.")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was ignored, one sentence each."""
        return tuple(self._warnings)

    def warn(self, sentence: str) -> None:
        """Record that something is ignored."""
        self._warnings.append(sentence)

    def text(self, name: str) -> str | None:
        """Return the value of a field that accepts a single one, which may be sent repeatedly.

        Raises:
            FormError: when there are several values.
        """
        found = self._fields.get(name, [])
        values = list(dict.fromkeys(value for _, value in found))
        if any(keys not in ((), ("",), ("0",)) for keys, _ in found):
            raise FormError(f"{name} must be a single value, not an object or a list.", name)
        if len(values) > 1:
            raise FormError(f"{name} must be given once, not as {quoted(values[0])} and {quoted(values[1])}.", name)
        return values[0] if values else None

    def items(self, name: str, *, split: bool = False) -> list[str]:
        """Return the values of a field that accepts a list.

        Args:
            name: The field.
            split: Whether a value without brackets may hold several items, with commas between them.

        Raises:
            FormError: when the field is an object.
        """
        items: list[str] = []
        for keys, value in self._fields.get(name, []):
            if len(keys) > 1 or (keys and keys[0] and not keys[0].isdecimal()):
                raise FormError(f"{name} must be a list: send {name}[] once per item.", name)
            items += _items(value, split=split and not keys)
        return [item for item in items if item]

    def value(self, name: str) -> Any:
        """Return a text, or an object whose values are texts or lists.

        Raises:
            FormError: when the field is neither.
        """
        found = self._fields.get(name, [])
        if not any(keys for keys, _ in found):
            return _json(name, self.text(name))
        built: dict[str, Any] = {}
        for keys, value in found:
            if len(keys) == 1 and keys[0] and keys[0] not in built:
                built[keys[0]] = value
            elif _is_list_item(keys) and isinstance(built.setdefault(keys[0], []), list):
                built[keys[0]].append(value)
            else:
                raise FormError(f"{name} must be an object: send each of its fields once, as {name}[field].", name)
        return built


def _is_list_item(keys: tuple[str, ...]) -> bool:
    return len(keys) == 2 and bool(keys[0]) and (not keys[1] or keys[1].isdecimal())


def _items(value: str, *, split: bool) -> list[str]:
    """Return the items in one value: a JSON array, texts with commas between them, or the value itself."""
    if value.lstrip().startswith("["):
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, list) and all(isinstance(item, str | int | float) for item in parsed):
            return [str(item).strip() for item in parsed]
    return [item.strip() for item in (_SEPARATOR.split(value) if split else [value])]


def _json(name: str, text: str | None) -> Any:
    if text is None or not text.lstrip().startswith("{"):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise FormError(f"{name} is not valid JSON: {quoted(text)}.", name) from None
