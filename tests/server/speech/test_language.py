"""Which language a session is in."""

from dataclasses import replace

from tests.doubles import CLEAR
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.recognition import Hypothesis


def heard(language: str, probability: float, text: str = "…") -> Hypothesis:
    return replace(CLEAR, text=text, language=language, language_probability=probability)


def test_the_first_language_is_taken_as_it_is() -> None:
    assert LanguageTracker(None).correction(heard("zh", 0.4)) is None


def test_a_doubtful_change_is_decoded_again_in_the_language_before() -> None:
    memory = LanguageTracker(None)
    memory.correction(heard("zh", 0.9))
    assert memory.correction(heard("en", 0.5)) == "zh"


def test_a_clear_change_is_believed() -> None:
    memory = LanguageTracker(None)
    memory.correction(heard("zh", 0.9))
    assert memory.correction(heard("en", 0.95)) is None
    assert memory.correction(heard("zh", 0.5)) == "en"


def test_silence_does_not_change_the_language() -> None:
    memory = LanguageTracker(None)
    memory.correction(heard("zh", 0.9))
    memory.correction(heard("en", 0.9, text=""))
    assert memory.correction(heard("en", 0.5)) == "zh"


def test_a_fixed_language_is_never_corrected() -> None:
    memory = LanguageTracker("zh")
    assert memory.correction(heard("zh", 0.1)) is None


def test_an_unclear_language_is_doubted_unless_it_is_the_one_before() -> None:
    memory = LanguageTracker(None)
    assert memory.is_doubtful(heard("zh", 0.5))
    memory.correction(heard("zh", 0.9))
    assert not memory.is_doubtful(heard("zh", 0.5))
    assert memory.is_doubtful(heard("en", 0.5))
    assert not memory.is_doubtful(heard("en", 0.9))
