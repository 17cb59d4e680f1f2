from unicodedata import is_normalized, normalize

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theresa_server.speech.stabiliser import Stabiliser, StablePrefix
from theresa_server.speech.units import Unit, split_units


def show(*hypotheses: str) -> tuple[str, str]:
    """Return the stable and the unstable text after the last of these hypotheses."""
    stabiliser = Stabiliser()
    for hypothesis in hypotheses:
        view = stabiliser.update([hypothesis])
    assert view.text[: view.stable] == stabiliser.stable_text
    return view.text[: view.stable], view.text[view.stable :]


@pytest.mark.parametrize(
    ("hypotheses", "expected"),
    [
        pytest.param(["one two"], ("", "one two"), id="one hypothesis makes nothing stable"),
        pytest.param(["one two", "one two"], ("one", " two"), id="the last word may still grow"),
        pytest.param(
            ["one two th", "one two three four"], ("one two", " three four"), id="half a word is not agreed on"
        ),
        pytest.param(["one two.", "one two."], ("one two", "."), id="the last full stop is a guess"),
        pytest.param(["one. Two", "one. Two"], ("one.", " Two"), id="a full stop with something behind it is not"),
        pytest.param(["one, two three", "one two three"], ("one", " two three"), id="punctuation must agree as well"),
        pytest.param(["costs 3", "costs 3.5", "costs 3.5 now"], ("costs", " 3.5 now"), id="a number is one word"),
        pytest.param(["我们去", "我们去北"], ("我们去", "北"), id="a Chinese character is stable at once"),
        pytest.param(["我们去背", "我们去北京"], ("我们去", "北京"), id="a Chinese character must agree"),
        pytest.param(["你好。", "你好。"], ("你好", "。"), id="the last Chinese full stop is a guess"),
        pytest.param(["我用Pyth", "我用Python写"], ("我用", "Python写"), id="Latin letters in Chinese are a word"),
        pytest.param(["我用Python写", "我用Python写"], ("我用Python写", ""), id="Chinese ends a Latin word"),
    ],
)
def test_text_on_which_two_hypotheses_agree_is_stable(hypotheses: list[str], expected: tuple[str, str]) -> None:
    assert show(*hypotheses) == expected


@pytest.mark.parametrize(
    ("stable", "contradiction", "expected"),
    [
        pytest.param("I want two", "I want to go home", " go home", id="changed word"),
        pytest.param("Hello world", "Hello, world how are", " how are", id="new punctuation"),
        pytest.param("Hello, world", "hello world how are", " how are", id="lost punctuation and case"),
        pytest.param("the cat sat on", "cat sat on the mat", " the mat", id="lost first word"),
        pytest.param("cat sat on", "the cat sat on a mat", " a mat", id="new first word"),
        pytest.param("one two three", "one two", "", id="shorter"),
        pytest.param("one two three", "four", "", id="nothing in common"),
        pytest.param("一二三四", "一二五四六七", "六七", id="changed character"),
        pytest.param("我们去北", "我门去北京大学", "京大学", id="homophone"),
        pytest.param("我们去", "去北京", "北京", id="lost first characters"),
        pytest.param("我用Python写", "我用python写程序", "程序", id="case in mixed text"),
    ],
)
def test_a_contradiction_continues_the_stable_text(stable: str, contradiction: str, expected: str) -> None:
    assert show(stable + " x", stable + " x") == (stable, " x")
    assert show(stable + " x", stable + " x", contradiction) == (stable, expected)


def test_two_hypotheses_that_contradict_alike_agree_on_what_follows() -> None:
    assert show("one two x", "one two x", "won two three four", "won two three four") == ("one two three", " four")


def test_words_keep_their_distance_after_a_contradiction() -> None:
    assert show("我one x", "我one x", "我中two") == ("我one", " two")


LONG_CHINESE = "".join(chr(ord("一") + number) for number in range(220))
LONG_ENGLISH = " ".join(f"word{number}" for number in range(220))


def noisy(text: str) -> str:
    """Return the text with every seventh of its units replaced, starting with the first."""
    other = {"character": "又", "word": " other"}
    return "".join(unit.text if number % 7 else other[unit.kind] for number, unit in enumerate(split_units(text)))


@pytest.mark.parametrize(
    ("stable", "contradiction", "continuation"),
    [
        pytest.param(LONG_CHINESE, noisy(LONG_CHINESE), "等等", id="changed characters"),
        pytest.param(LONG_CHINESE, "又" * 25 + noisy(LONG_CHINESE), "等等", id="new first characters"),
        pytest.param(LONG_CHINESE, noisy(LONG_CHINESE)[120:], "等等", id="lost first characters"),
        pytest.param("哈" * 220, "呵" + "哈" * 219, "等等", id="nothing but repetition"),
        pytest.param(LONG_ENGLISH, noisy(LONG_ENGLISH), " so on", id="changed words"),
    ],
)
def test_a_contradiction_continues_a_long_stable_text(stable: str, contradiction: str, continuation: str) -> None:
    assert show(stable + " x", stable + " x", contradiction + continuation) == (stable, continuation)


def test_the_work_for_a_contradiction_is_bounded_however_long_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    class CountedKey(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str.__eq__(self, other)

    key = vars(Unit)["key"].fget
    monkeypatch.setattr(Unit, "key", property(lambda unit: CountedKey(key(unit))))
    show(LONG_CHINESE * 4, LONG_CHINESE * 4, noisy(LONG_CHINESE * 4))
    assert 0 < compared < 10_000


def test_an_empty_hypothesis_changes_nothing() -> None:
    stabiliser = Stabiliser()
    for _ in range(2):
        before = stabiliser.update(["one two three"])
    assert stabiliser.update([]) == stabiliser.update([" "]) == before


def test_a_word_cut_into_pieces_is_one_word() -> None:
    stabiliser = Stabiliser()
    stabiliser.update(["inter", "nation"])
    assert stabiliser.update(["inter", "nation", "al law"]).stable == 0


def test_text_is_composed_across_pieces() -> None:
    stabiliser = Stabiliser()
    assert stabiliser.update(["cafe", "\u0301 au"]).text == "caf\u00e9 au"


def test_a_mark_without_its_base_never_changes_the_stable_text() -> None:
    assert show("e x", "e x", "\u0301 a") == ("e", " a")


# Few letters, so that hypotheses often agree; marks, joiners, jamo and emoji, so that they agree in odd places.
letters = [*"aab  .,'3中中文。がｶ각", "👍", "👨", "🇩", "น", "न"]
marks = ["\u0301", "\u0308", "\u1100", "\u1161", "\u11a8", "\ufe0f", "\u200d", "🏽", "ี", "ि"]
alphabet = st.sampled_from(letters + marks)
hypotheses = st.lists(st.lists(st.text(alphabet, max_size=6), max_size=6), max_size=12)
growing = st.tuples(st.text(alphabet, max_size=40), st.lists(st.integers(0, 40), max_size=12)).map(
    lambda text_ends: [[text_ends[0][:end]] for end in text_ends[1]]
)

long = hypotheses.map(lambda sequence: [[piece * 30 for piece in pieces] for pieces in sequence])


@settings(max_examples=400, deadline=None)
@given(st.one_of(hypotheses, growing, long, st.lists(st.lists(st.text(max_size=8), max_size=3), max_size=6)))
def test_the_stable_prefix_never_shrinks_and_never_changes(sequence: list[list[str]]) -> None:
    stabiliser = Stabiliser()
    before = ""
    for pieces in sequence:
        view = stabiliser.update(pieces)
        text = normalize("NFC", "".join(pieces))
        if text.strip() and text.startswith(before):
            assert view.text == text
        assert view.text.startswith(before)
        assert len(before) <= view.stable <= len(view.text)
        assert is_normalized("NFC", view.text)
        assert stabiliser.stable_text == view.text[: view.stable]
        before = stabiliser.stable_text


@given(st.lists(st.sampled_from(["go", "stop", "北", "京", ",", "。", "3.5"]), min_size=1, max_size=12))
def test_only_whole_units_are_stable(words: list[str]) -> None:
    text = " ".join(words)
    stable, _ = show(*(text[:end] for end in range(1, len(text) + 1)))
    ends = {0}
    for unit in split_units(text):
        ends.add(max(ends) + len(unit.text))
    assert len(stable) in ends


@given(st.text(alphabet, min_size=1, max_size=30))
def test_repeating_a_hypothesis_loses_no_text(text: str) -> None:
    stable, unstable = show(text, text, text)
    assert stable + unstable == Stabiliser().update([text]).text


@settings(max_examples=400, deadline=None)
@given(st.one_of(hypotheses, growing, long))
def test_the_tokens_of_the_prefix_cover_the_start_of_the_stable_text(sequence: list[list[str]]) -> None:
    stabiliser = Stabiliser()
    written: dict[int, str] = {}
    for pieces in sequence:
        tokens = [(len(written) + index,) for index in range(len(pieces))]
        written |= {ids[0]: piece for ids, piece in zip(tokens, pieces, strict=True)}
        stabiliser.update(pieces, tokens)
        prefix = stabiliser.prefix
        assert prefix.text == stabiliser.stable_text
        assert "".join(written[token] for token in prefix.tokens) == prefix.text[: prefix.covered]


def test_a_piece_across_the_end_of_the_stable_text_is_not_in_the_prefix() -> None:
    stabiliser = Stabiliser()
    for pieces, tokens in ((["我们", "去北"], [(1,), (2,)]), (["我们", "去东"], [(1,), (3,)])):
        stabiliser.update(pieces, tokens)
    assert stabiliser.prefix == StablePrefix("我们去", (1,), covered=2)


def test_after_a_contradiction_the_prefix_keeps_its_tokens() -> None:
    stabiliser = Stabiliser()
    for pieces in (["one", " two"], ["one", " two"], ["won", " two", " three"], ["won", " two", " three"]):
        stabiliser.update(pieces, [(len(piece),) for piece in pieces])
    assert stabiliser.prefix == StablePrefix("one two", (3,), covered=3, agreed=False)


def test_without_tokens_the_prefix_has_none() -> None:
    stabiliser = Stabiliser()
    for _ in range(2):
        stabiliser.update(["one two"])
    assert stabiliser.prefix == StablePrefix("one")
