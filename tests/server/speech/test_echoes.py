"""Which texts repeat the prompt or the hotwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_server.speech.echoes import is_echo

PROMPT = "We met Mr. Tanaka at the Hilton."


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("We met Mr. Tanaka.", PROMPT, id="the beginning"),
        pytest.param("mr tanaka", PROMPT, id="other case and punctuation"),
        pytest.param("Tanaka", PROMPT, id="one word"),
        pytest.param("We met Mr. Tanaka at a Hilton.", PROMPT, id="one word changed"),
        pytest.param("Kubernetes, Hilton", "Hilton, Tanaka, Kubernetes", id="hotwords in another order"),
        pytest.param("希尔顿酒店。", "我们在希尔顿酒店见到了王经理。", id="a name in Mandarin"),
        pytest.param("你", "你好", id="one character"),
    ],
)
def test_an_echo_is_found(text: str, source: str) -> None:
    assert is_echo(text, [source])


@pytest.mark.parametrize(
    ("text", "source"),
    [
        pytest.param("Please call Mr. Tanaka about the contract.", PROMPT, id="a name among other words"),
        pytest.param("at a we", PROMPT, id="short words that are in any text"),
        pytest.param("他去了希尔顿酒店旁边的公园", "希尔顿酒店", id="a hotword in a sentence"),
        pytest.param("", PROMPT, id="nothing"),
        pytest.param("...", PROMPT, id="no words"),
        pytest.param("Hello", "", id="no source"),
    ],
)
def test_other_text_is_no_echo(text: str, source: str) -> None:
    assert not is_echo(text, [source])


@given(st.text(min_size=1, max_size=40))
def test_a_text_with_words_is_an_echo_of_itself(text: str) -> None:
    assert is_echo(text, [text]) == any(is_echo(text, [text, other]) for other in ("", "hello"))
