"""The language of a session."""

from dataclasses import replace

from tests.doubles import CLEAR
from theresa_server.speech.language import LanguageTracker
from theresa_server.speech.recognition import Hypothesis


def detected(language: str, probability: float, text: str = "…") -> Hypothesis:
    return replace(CLEAR, text=text, language=language, language_probability=probability)


def test_the_first_detection_is_accepted() -> None:
    assert LanguageTracker(None).correction(detected("zh", 0.4)) is None


def test_a_doubtful_change_is_corrected_to_the_last_language() -> None:
    tracker = LanguageTracker(None)
    tracker.correction(detected("zh", 0.9))
    assert tracker.correction(detected("en", 0.5)) == "zh"


def test_a_clear_change_is_accepted() -> None:
    tracker = LanguageTracker(None)
    tracker.correction(detected("zh", 0.9))
    assert tracker.correction(detected("en", 0.95)) is None
    assert tracker.correction(detected("zh", 0.5)) == "en"


def test_silence_does_not_change_the_language() -> None:
    tracker = LanguageTracker(None)
    tracker.correction(detected("zh", 0.9))
    tracker.correction(detected("en", 0.9, text=""))
    assert tracker.correction(detected("en", 0.5)) == "zh"


def test_a_fixed_language_is_never_corrected() -> None:
    tracker = LanguageTracker("zh")
    assert tracker.correction(detected("zh", 0.1)) is None


def test_an_unclear_detection_is_doubtful_unless_it_is_the_last_language() -> None:
    tracker = LanguageTracker(None)
    assert tracker.is_doubtful(detected("zh", 0.5))
    tracker.correction(detected("zh", 0.9))
    assert not tracker.is_doubtful(detected("zh", 0.5))
    assert tracker.is_doubtful(detected("en", 0.5))
    assert not tracker.is_doubtful(detected("en", 0.9))
