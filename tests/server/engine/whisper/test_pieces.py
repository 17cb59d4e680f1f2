import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
import tokenizers
from hypothesis import assume, given
from hypothesis import strategies as st

from theresa_server.engine.whisper.pieces import byte_of_character, compression_ratio, join_tokens, token_bytes
from theresa_server.engine.whisper.vocabulary import Vocabulary

# Marks, jamo, emoji with joiners, Chinese and spaces of all kinds, more often than chance would have them.
texts = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("e\u0301\u0316ᄀ각你好👩‍🚀🇨🇳 \u3000\u09be\u09c7")
    )
)


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    text = draw(texts)
    data = text.encode()
    cuts = sorted(draw(st.sets(st.integers(0, len(data)))) | {0, len(data)})
    return text, [data[low:high] for low, high in pairwise(cuts)]


@given(cut_texts())
def test_pieces_concatenate_to_the_normalised_text_wherever_tokens_are_cut(cut: tuple[str, list[bytes]]) -> None:
    text, tokens = cut
    assert "".join(piece.text for piece in join_tokens(tokens)) == unicodedata.normalize("NFC", text).strip()


@given(cut_texts())
def test_no_later_piece_changes_what_stands_before_it(cut: tuple[str, list[bytes]]) -> None:
    pieces = [piece.text for piece in join_tokens(cut[1])]
    for count in range(len(pieces)):
        assert unicodedata.is_normalized("NFC", "".join(pieces[:count]))


@given(st.lists(st.binary(max_size=4)))
def test_broken_bytes_never_reach_the_text(tokens: list[bytes]) -> None:
    text = "".join(piece.text for piece in join_tokens(tokens))
    assert "\ufffd" not in text or b"\xef\xbf\xbd" in b"".join(tokens)


@given(st.lists(st.binary(max_size=4)))
def test_pieces_share_out_the_tokens_in_order(tokens: list[bytes]) -> None:
    end = 0
    for piece in join_tokens(tokens):
        assert end <= piece.first < piece.last <= len(tokens)
        assert piece.text
        end = piece.last


def test_an_incomplete_tail_is_dropped() -> None:
    assert [piece.text for piece in join_tokens(["你".encode(), "好".encode()[:2]])] == ["你"]


def test_a_character_written_by_three_tokens_is_one_piece() -> None:
    good = "好".encode()
    pieces = join_tokens([b"a", good[:1], good[1:2], good[2:], b"b"])
    assert [(piece.text, piece.first, piece.last) for piece in pieces] == [("a", 0, 1), ("好", 1, 4), ("b", 4, 5)]


def test_broken_bytes_do_not_swallow_what_follows() -> None:
    assert [piece.text for piece in join_tokens([b"\xe5\xa5", b"ok", b"\xff", b" go"])] == ["ok", " go"]


def test_every_byte_has_a_character_of_its_own() -> None:
    assert sorted(byte_of_character().values()) == list(range(256))


def test_bytes_of_a_byte_level_token() -> None:
    assert token_bytes("Ġå¥½") == " 好".encode()


@pytest.fixture(scope="module")
def vocabulary(model_directory: Path) -> Vocabulary:
    return Vocabulary(tokenizers.Tokenizer.from_file(str(model_directory / "tokenizer.json")), multilingual=True)


@given(text=texts)
def test_a_real_vocabulary_gives_back_any_text(vocabulary: Vocabulary, text: str) -> None:
    assume("<|" not in text)  # a special token spelled out is dropped: see below
    written = "".join(piece.text for piece in vocabulary.pieces(vocabulary.encode(text)))
    assert written == unicodedata.normalize("NFC", text).strip()


def test_special_tokens_spelled_out_in_a_prompt_are_dropped(vocabulary: Vocabulary) -> None:
    assert vocabulary.encode("a<|endoftext|><|startoftranscript|><|1.00|>") == vocabulary.encode("a")


def test_a_bare_space_may_always_be_written(vocabulary: Vocabulary) -> None:
    assert not {*vocabulary.encode(" ")} & {*vocabulary.suppressed}


@pytest.mark.parametrize("text", ["so so so so so so so so so so so so", "谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢谢"])
def test_a_text_that_repeats_itself_compresses_well(text: str) -> None:
    assert compression_ratio(text) > 2.4


@pytest.mark.parametrize("text", ["", "The price is 4000 euros.", "天河学校星期五在武汉开了新公司。"])
def test_a_plain_sentence_does_not(text: str) -> None:
    assert compression_ratio(text) < 2.4
