"""Which model a name means."""

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


def test_who_names_another_is_told_which_there_are() -> None:
    with pytest.raises(UnknownModel, match="There is no model 'large' here, only 'small', '医院'") as caught:
        TWO.find("large")
    assert caught.value.known == ("small", "医院")
