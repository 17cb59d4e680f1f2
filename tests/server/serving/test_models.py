"""Selection of models by name."""

import pytest

from tests.doubles import Gate
from theresa_server.engine.local import LocalEngine
from theresa_server.serving.models import ServedModel, ServedModels, UnknownModel


def served(name: str) -> ServedModel:
    model = Gate()
    model.name = name
    return ServedModel(engine=LocalEngine(model), created=0)


TWO = ServedModels([served("small"), served("医院")])


def test_the_first_is_the_default() -> None:
    assert TWO.default.name == "small"
    assert TWO.find(None) is TWO.default


def test_a_model_is_found_by_its_name() -> None:
    assert TWO.find("医院").name == "医院"


def test_an_unknown_name_is_refused_with_the_available_ones() -> None:
    with pytest.raises(UnknownModel, match="Unknown model 'large'; available models: 'small', '医院'") as caught:
        TWO.find("large")
    assert caught.value.available == ("small", "医院")
