import random

import pytest
from faster_whisper.tokenizer import Tokenizer as WhisperTokenizer
from tokenizers import Tokenizer

from theresa_training.pool import random_sentence
from theresa_training.tokenizer import LANGUAGE_CODES, TokenIds


def test_there_are_99_languages_in_whispers_order() -> None:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    assert len(LANGUAGE_CODES) == 99
    assert set(LANGUAGE_CODES) <= set(_LANGUAGE_CODES)
    assert LANGUAGE_CODES[:2] == ("en", "zh")


def test_the_layout_is_whispers(tokenizer: Tokenizer, ids: TokenIds) -> None:
    assert tokenizer.token_to_id("") == ids.end_of_text - 1
    assert ids.start_of_transcript == ids.end_of_text + 1
    assert ids.languages["en"] == ids.start_of_transcript + 1
    assert ids.no_timestamps == ids.no_speech + 1
    assert ids.timestamp(0.0) == ids.no_timestamps + 1
    assert ids.timestamp(30.0) == tokenizer.get_vocab_size() - 1
    assert ids.timestamp(31.0) == ids.timestamp(30.0)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sentences_survive_the_round_trip(tokenizer: Tokenizer, language: str) -> None:
    rng = random.Random(language)
    for _ in range(100):
        text = random_sentence(language, rng).text  # type: ignore[arg-type]
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_any_text_can_be_written(tokenizer: Tokenizer) -> None:
    text = " naïve 饕餮 🎉"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_every_chinese_character_and_every_digit_is_its_own_token(tokenizer: Tokenizer) -> None:
    words = [tokenizer.decode([token]) for token in tokenizer.encode("北京有25人。").ids]
    assert words == ["北", "京", "有", "2", "5", "人", "。"]


def test_stock_suppression_leaves_the_text_alone(tokenizer: Tokenizer) -> None:
    whisper = WhisperTokenizer(tokenizer, True, task="transcribe", language="en")
    banned = set(whisper.non_speech_tokens)
    rng = random.Random(1)
    for language in ("en", "zh"):
        for _ in range(200):
            text = "".join(unit.text for unit in random_sentence(language, rng).units)  # type: ignore[arg-type]
            assert not banned & set(tokenizer.encode(text).ids), text


def test_ids_of_a_foreign_vocabulary_are_an_error() -> None:
    from tokenizers.models import BPE

    with pytest.raises(KeyError):
        TokenIds.of(Tokenizer(BPE()))
