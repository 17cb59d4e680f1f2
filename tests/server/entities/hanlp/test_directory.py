import json
from pathlib import Path
from typing import Any

import pytest

from theresa_server.entities.hanlp.directory import (
    HanlpMetadata,
    link_model,
    missing_encoder,
    read_configuration,
    validate_hanlp_directory,
)
from theresa_server.speech.recognition import ModelError

NER = "hanlp.components.ner.transformer_ner.TransformerNamedEntityRecognizer"
MULTI_TASK = "hanlp.components.mtl.multi_task_learning.MultiTaskLearning"


def directory(path: Path, configuration: dict[str, Any], *more: str) -> Path:
    """A directory as HanLP saves it, without weights."""
    for name in ("model.pt", *more):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("{}")
    (path / "config.json").write_text(json.dumps(configuration))
    return path


def test_a_stand_alone_recogniser_is_accepted(tmp_path: Path) -> None:
    assert validate_hanlp_directory(directory(tmp_path, {"classpath": NER}, "vocabs.json")) == HanlpMetadata()


def test_a_multi_task_model_has_vocabularies_for_each_task(tmp_path: Path) -> None:
    configuration = {"classpath": MULTI_TASK, "task_names": ["tok/fine", "srl"]}
    model = directory(tmp_path, configuration, "tok/fine_vocabs.json")

    with pytest.raises(ModelError, match=r"is not a HanLP model: missing srl_vocabs.json"):
        validate_hanlp_directory(model)
    (model / "srl_vocabs.json").write_text("{}")
    assert validate_hanlp_directory(model) == HanlpMetadata()


def test_metadata_is_read_from_theresa_json(tmp_path: Path) -> None:
    model = directory(tmp_path, {"classpath": NER}, "vocabs.json")
    (model / "theresa.json").write_text('{"name": "小模型", "languages": ["zh"], "tokens": "characters"}')

    assert validate_hanlp_directory(model) == HanlpMetadata(name="小模型", languages=("zh",), tokens="characters")


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        ({"model_type": "bert"}, "holds a transformers model: use a model saved by HanLP"),
        ({"name": "x"}, "does not hold a HanLP model"),
        ({"classpath": "hanlp.components.taggers.tagger.Tagger"}, "holds a Tagger, which cannot find entities"),
        ({"classpath": "os.system"}, "holds a system, which cannot find entities"),
        ({"classpath": NER}, "is not a HanLP model: missing vocabs.json"),
    ],
)
def test_an_invalid_directory_is_one_sentence(tmp_path: Path, configuration: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ModelError, match=sentence):
        validate_hanlp_directory(directory(tmp_path, configuration))


@pytest.mark.parametrize("content", ["{", '{"tokens": 3}', '{"colour": "red"}'])
def test_invalid_metadata_is_one_sentence(tmp_path: Path, content: str) -> None:
    model = directory(tmp_path, {"classpath": NER}, "vocabs.json")
    (model / "theresa.json").write_text(content)

    with pytest.raises(ModelError, match=r"theresa.json' cannot be read: .* Correct or remove it"):
        validate_hanlp_directory(model)


def test_an_invalid_configuration_is_one_sentence(tmp_path: Path) -> None:
    (directory(tmp_path, {}) / "config.json").write_text("{")

    with pytest.raises(ModelError, match=r"config.json' cannot be read"):
        validate_hanlp_directory(tmp_path)


def test_a_missing_directory_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"the directory .* does not exist: check the path given to --entities"):
        validate_hanlp_directory(tmp_path / "none")


def test_a_model_for_tensorflow_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="for TensorFlow"):
        validate_hanlp_directory(directory(tmp_path, {"classpath": NER}, "meta.json"))


@pytest.mark.parametrize("nested", [False, True])
def test_an_encoder_in_the_directory_is_linked_by_its_path(tmp_path: Path, nested: bool) -> None:
    names = {"transformer": "hfl/some-encoder"}
    configuration = {"classpath": MULTI_TASK, "encoder": names} if nested else {"classpath": NER, **names}
    model = directory(tmp_path / "model", configuration, "transformer/config.json", "tok/fine_vocabs.json")
    view = tmp_path / "view"
    view.mkdir()

    link_model(model, view)

    seen = read_configuration(view)
    assert (seen["encoder"] if nested else seen)["transformer"] == str(model / "transformer")
    assert (view / "tok" / "fine_vocabs.json").read_text() == "{}"
    assert read_configuration(model) == configuration, "the model itself stays as it is"


def test_a_missing_encoder_is_named(tmp_path: Path) -> None:
    model = directory(tmp_path, {"classpath": NER, "transformer": "hfl/some-encoder"})
    assert missing_encoder(model) == "hfl/some-encoder"

    (model / "transformer").mkdir()
    assert missing_encoder(model) is None
