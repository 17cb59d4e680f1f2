import random
from itertools import pairwise

import numpy as np
import pytest
from tokenizers import Tokenizer

from theresa_training.batches import choose_kind, collate, window_frames
from theresa_training.examples import FEW, IGNORE, LONG, SINGLE, TAIL, Example, align_tokens, label
from theresa_training.pool import Clip
from theresa_training.tokenizer import TokenIds
from theresa_training.windows import LabelledSegment, Window, WindowComposition, audible_segment, compose, open_inside


def clip(language: str = "en") -> Clip:
    units = (" Emma", " lives", " in", " Rome", ".") if language == "en" else ("你", "好", "吗", "。", "")[:4]
    starts = tuple(0.5 * i for i in range(len(units)))
    ends = (*starts[1:], starts[-1])
    samples = np.full(int(starts[-1] * 16_000), 0.1, np.float32)
    phonemes = tuple(("a", start) for start in starts[:-1])
    return Clip(language, units, starts, ends, phonemes, samples, "v")  # type: ignore[arg-type]


def window(*segments: LabelledSegment) -> Window:
    return Window("en", np.zeros(16_000, np.float32), segments, (), "")


@pytest.mark.parametrize(
    ("end", "text"), [(0.3, None), (0.95, " Emma lives"), (1.02, " Emma lives"), (1.99, " Emma lives in Rome")]
)
def test_a_cut_window_is_labelled_up_to_its_last_whole_word(end: float, text: str | None) -> None:
    segment = audible_segment(clip(), 0.0, end)
    assert (segment.text if segment else None) == text


def test_a_cut_mandarin_window_is_labelled_up_to_its_last_whole_character() -> None:
    segment = audible_segment(clip("zh"), 1.0, 2.1)
    assert segment is not None
    assert segment.text == "你好"
    assert not segment.complete


def test_a_whole_sentence_keeps_its_full_stop() -> None:
    segment = audible_segment(clip(), 0.25, 2.4)
    assert segment is not None
    assert segment.text == " Emma lives in Rome."
    assert segment.complete
    assert segment.starts[0] == 0.25


def test_a_digit_before_a_pause_is_whole_at_its_end() -> None:
    digits = Clip("en", (" 1", " 2", "."), (0.0, 1.0, 1.4), (0.4, 1.4, 1.4), (), np.zeros(22_400, np.float32), "v")
    segment = audible_segment(digits, 0.0, 0.5)
    assert segment is not None
    assert segment.text == " 1"


def test_a_window_that_opens_inside_a_sentence_begins_with_that_word() -> None:
    opened = open_inside(clip(), 2)
    assert opened.text == "in Rome."
    assert opened.starts[0] == 0.0
    assert opened.seconds == pytest.approx(1.0)
    assert len(opened.phonemes) == 2


@pytest.mark.parametrize("seed", range(40))
def test_composed_windows_keep_to_thirty_seconds_and_order(seed: int) -> None:
    composition = WindowComposition(sentences=20, seconds=(8, 29))
    composed = compose(clip, composition, random.Random(seed))
    assert 0 < len(composed.samples) <= 30 * 16_000
    times = [time for segment in composed.segments for time in segment.starts]
    assert times == sorted(times)
    assert all(time <= len(composed.samples) / 16_000 for time in times)


@pytest.mark.parametrize("seed", range(4))
def test_the_pauses_of_a_window_are_of_one_kind(seed: int) -> None:
    composition = WindowComposition(
        sentences=9, seconds=(20, 29), cut_end=0.0, cut_start=0.0, pauses=((0.2, 0.2), (2.0, 2.0))
    )
    segments = compose(clip, composition, random.Random(seed)).segments
    pauses = {round(after.starts[0] - before.ends[-1], 3) for before, after in pairwise(segments)}
    kinds = {pause for pause in pauses if pause > 0.16}  # a few are shorter in any window
    assert kinds in ({0.2}, {2.0})


def test_targets_without_timestamps(tokenizer: Tokenizer, ids: TokenIds) -> None:
    segment = LabelledSegment((" Emma", "."), (0.2, 0.7), (0.7, 0.7), complete=True)
    inputs, targets, token_times = label(window(segment), tokenizer, ids, timestamps=False)
    text = tokenizer.encode(" Emma.").ids
    assert inputs == (ids.start_of_transcript, ids.languages["en"], ids.transcribe, ids.no_timestamps, *text)
    assert targets == (ids.languages["en"], ids.transcribe, IGNORE, *text, ids.end_of_text)
    assert len(token_times) == len(targets)
    assert token_times[3] == (0.2, 0.7)
    assert token_times[:3] == (None, None, None)


def test_targets_with_timestamps_close_only_complete_sentences(tokenizer: Tokenizer, ids: TokenIds) -> None:
    first = LabelledSegment((" Emma", "."), (0.2, 0.7), (0.7, 0.7), complete=True)
    second = LabelledSegment((" Rome",), (1.0,), (1.4,), complete=False)
    inputs, targets, _ = label(window(first, second), tokenizer, ids, timestamps=True)
    emma, rome = tokenizer.encode(" Emma.").ids, tokenizer.encode(" Rome").ids
    stamps = [ids.timestamp(t) for t in (0.2, 0.7, 1.0)]
    assert list(inputs[3:]) == [stamps[0], *emma, stamps[1], stamps[2], *rome]
    assert targets[-1] == ids.end_of_text


def test_previous_text_is_read_and_not_learnt(tokenizer: Tokenizer, ids: TokenIds) -> None:
    segment = LabelledSegment((" Emma",), (0.2,), (0.7,), complete=True)
    previous = tokenizer.encode(" Hello.").ids
    inputs, targets, token_times = label(window(segment), tokenizer, ids, timestamps=False, previous=previous)
    head = 1 + len(previous)
    assert list(inputs[:head]) == [ids.start_of_previous, *previous]
    assert set(targets[:head]) == {IGNORE}
    assert len(token_times) == len(targets) == len(inputs)


@pytest.mark.parametrize("timestamps", [False, True])
def test_a_window_without_words_teaches_no_speech_and_the_end(
    tokenizer: Tokenizer, ids: TokenIds, timestamps: bool
) -> None:
    _, targets, _ = label(window(), tokenizer, ids, timestamps)
    assert targets[0] == ids.no_speech
    assert targets[-1] == ids.end_of_text


def test_token_places_follow_their_words(tokenizer: Tokenizer) -> None:
    segment = LabelledSegment(("你", "好", "25", "。"), (0.0, 0.3, 0.6, 1.2), (0.3, 0.6, 1.2, 1.2), complete=True)
    tokens, token_times = align_tokens(tokenizer, segment)
    assert tokenizer.decode(tokens) == "你好25。"
    assert token_times == [(0.0, 0.3), (0.3, 0.6), (0.6, 1.2), (0.6, 1.2), (1.2, 1.24)]


def test_batches_pad_features_and_tokens(ids: TokenIds) -> None:
    short = Example(np.ones((80, 50), np.float32), (1, 2), (2, 3), (None, (0.1, 0.2)), (4,))
    longer = Example(np.ones((80, 90), np.float32), (1, 2, 3), (2, 3, 4), (None, None, None), ())
    batch = collate([short, longer], 120, ids.end_of_text, np.random.default_rng(1))
    assert batch.features.shape == (2, 80, 120)
    assert batch.inputs.shape == batch.targets.shape == (2, 8)
    assert batch.inputs[0, 2] == ids.end_of_text
    assert batch.targets[0, 2] == IGNORE
    assert batch.token_times[0, 1].tolist() == pytest.approx([0.1, 0.2])
    assert (batch.token_times[1] == -1).all()


def test_windows_are_at_least_a_second_and_at_most_thirty() -> None:
    rng = np.random.default_rng(0)
    sizes = [window_frames(longest, 0.9, rng) for longest in (10, 155, 900, 2990) for _ in range(300)]
    assert min(sizes) >= 100
    assert max(sizes) == 3000
    assert all(size % 2 == 0 for size in sizes)


def test_the_curriculum_begins_with_short_windows() -> None:
    assert {choose_kind(0.05, draw / 100) for draw in range(100)} == {SINGLE, FEW}
    assert {choose_kind(0.9, draw / 100) for draw in range(100)} == {SINGLE, FEW, LONG, TAIL}


def test_a_pretrained_model_begins_with_every_kind() -> None:
    drawn = [choose_kind(0.0, draw / 100, continued=True) for draw in range(100)]
    assert {*drawn} == {SINGLE, FEW, LONG, TAIL}
    assert drawn.count(LONG) > 40
    assert drawn.count(TAIL) > 25
