"""Phrases of subtitles, and sentences that only resemble them."""

import pytest

from theresa_server.speech.boilerplate import is_boilerplate, is_courtesy
from theresa_server.speech.guards import has_words


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for watching!",
        "thanks for watching",
        "Thanks for watching! Thanks for watching!",
        "I'll see you in the next video.",
        "字幕由Amara.org社区提供",
        "请不吝点赞 订阅 转发 打赏支持明镜与点点栏目",
        "謝謝觀看",
        "ご視聴ありがとうございました。",
        "Subtitles by the Amara.org community",
    ],
)
def test_phrases_of_subtitles_are_known(text: str) -> None:
    assert is_boilerplate(text)


@pytest.mark.parametrize("text", ["Thank you.", "Thank you. Thank you.", "谢谢。", "謝謝", "you"])
def test_courtesies_are_known(text: str) -> None:
    assert is_courtesy(text)
    assert not is_boilerplate(text)


@pytest.mark.parametrize(
    "text", ["Thank you, Mr. Tanaka.", "The music was loud.", "谢谢你帮我搬家。", "我在看字幕", "Watching", "", "..."]
)
def test_other_sentences_are_neither(text: str) -> None:
    assert not is_boilerplate(text)
    assert not is_courtesy(text)


@pytest.mark.parametrize(("text", "words"), [(". . .", False), ("♪", False), ("", False), ("5", True), ("你", True)])
def test_text_without_words_is_recognised(text: str, words: bool) -> None:
    assert has_words(text) == words
