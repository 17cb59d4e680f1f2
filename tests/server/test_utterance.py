"""What has been decoded and shown of one segment."""

from theresa_server.stabiliser import Prefix
from theresa_server.utterance import Utterance

INTERVAL = 8_000


def test_a_partial_is_due_each_time_the_segment_has_grown_by_the_interval() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    utterance.asked(20_000)
    assert not utterance.due(20_000 + INTERVAL - 1)
    assert utterance.due(20_000 + INTERVAL)


def test_the_first_partial_wants_half_an_interval_of_speech() -> None:
    utterance = Utterance(0, start=1_000, opened=8_000, interval=INTERVAL)
    assert not utterance.due(8_000 + INTERVAL // 2 - 1)
    assert utterance.due(8_000 + INTERVAL // 2)


def test_what_two_hypotheses_agree_on_is_shown_as_stable() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.decoded(("今", "天", "气"))
    view = utterance.decoded(("今", "天", "天", "气"))
    assert view is not None
    assert (view.text, view.text[: view.stable]) == ("今天天气", "今天")


def test_a_partial_goes_on_from_the_stable_text_in_the_tokens_that_wrote_it() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for pieces, tokens in ((("今", "天"), ((1,), (2, 3))), (("今", "天", "气"), ((1,), (2, 3), (4,)))):
        utterance.decoded(pieces, tokens)
    assert utterance.prefix(final=False) == Prefix("今天", (1, 2, 3), written=2)


def test_without_a_stable_text_there_is_no_prefix() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    utterance.decoded(("Hello",), ((1,),))
    assert utterance.prefix(final=True) is None


def test_a_partial_that_went_another_way_is_not_forced_back() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.decoded((word, " two"), ((len(word),), (2,)))
    assert utterance.prefix(final=False) is None


def test_a_final_is_asked_to_come_back() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for word in ("one", "one", "won"):
        utterance.decoded((word, " two"), ((len(word),), (2,)))
    assert utterance.prefix(final=True) == Prefix("one", (3,), written=3, agreed=False)


def test_revisions_are_counted_from_one() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    revisions = []
    for pieces in (("Hello",), ("Hello", " there"), ("Hello", " there", " you")):
        utterance.decoded(pieces)
        revisions.append(utterance.rev)
    assert revisions == [1, 2, 3]


def test_nothing_is_shown_until_something_was_said() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    assert utterance.decoded(()) is None
    assert (utterance.shown, utterance.rev) == (False, 0)


def test_what_has_not_changed_is_not_shown_again() -> None:
    utterance = Utterance(0, start=0, opened=0, interval=INTERVAL)
    for _ in range(2):
        utterance.decoded(("你", "好"))
    assert utterance.decoded(("你", "好")) is None
    assert utterance.rev == 2
