"""Hypothesis strategies for every message type, derived from the types."""

from functools import cache
from typing import Any, get_args

import msgspec
from hypothesis import strategies as st
from msgspec import inspect

from theresa_protocol.messages import AnyClientMessage, AnyServerMessage

CLIENT_TYPES: tuple[type[msgspec.Struct], ...] = get_args(AnyClientMessage)
SERVER_TYPES: tuple[type[msgspec.Struct], ...] = get_args(AnyServerMessage)

# Any character that UTF-8 can carry, with those that matter here made likely.
_CHARACTERS = st.one_of(
    st.sampled_from('a "\\\0\n，你𠮷é\u0301🙂\u2028'), st.characters(exclude_categories=("Cs",))
)  # fmt: skip


@cache
def messages_of(kind: type[msgspec.Struct]) -> st.SearchStrategy[Any]:
    """Any value of a struct type within the limits of its fields."""
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    required = {field.name: _values(field.type) for field in info.fields if field.required}
    optional = {field.name: _values(field.type) for field in info.fields if not field.required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda values: kind(**values))


def client_messages() -> st.SearchStrategy[AnyClientMessage]:
    return st.one_of([messages_of(kind) for kind in CLIENT_TYPES])


def server_messages() -> st.SearchStrategy[AnyServerMessage]:
    return st.one_of([messages_of(kind) for kind in SERVER_TYPES])


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value, made of the protocol's own words often enough to get past the first check."""
    words = st.sampled_from(["type", "start", "audio", "rate", "end", "ack", "language", "update", "final", "seq"])
    finite = st.floats(allow_nan=False, allow_infinity=False)
    leaves = st.one_of(st.none(), st.booleans(), st.integers(), finite, st.text(), words)
    keys = st.one_of(words, st.text(max_size=5))
    return st.recursive(
        leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=5))
    )


def _values(type_: inspect.Type) -> st.SearchStrategy[Any]:
    match type_:
        case inspect.Metadata(type=inner):
            return _values(inner)
        case inspect.FloatType(ge=int(low), le=int(high)):
            return st.floats(low, high)
        case inspect.UnionType(types=types):
            return st.one_of([_values(one) for one in types])
        case inspect.StructType(cls=kind):
            return messages_of(kind)
        case inspect.VarTupleType(item_type=item, max_length=most):
            return st.lists(_values(item), max_size=min(4, most or 4)).map(tuple)
    return _plain_values(type_)


def _plain_values(type_: inspect.Type) -> st.SearchStrategy[Any]:
    match type_:
        case inspect.StrType(pattern=str(pattern)):
            return st.from_regex(pattern, fullmatch=True)
        case inspect.StrType(min_length=least, max_length=most):
            return st.text(_CHARACTERS, min_size=least or 0, max_size=min(20, most or 20))
        case inspect.IntType(ge=least, le=most):
            return st.integers(-(2**63) if least is None else least, 2**63 - 1 if most is None else most)
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.FloatType():
            return st.floats(allow_nan=False, allow_infinity=False)
        case inspect.BoolType():
            return st.booleans()
        case _:
            assert isinstance(type_, inspect.NoneType), f"no strategy for {type_}"
            return st.none()
