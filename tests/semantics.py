"""What holds for the entities of every session, whatever was said and however slow or broken the recogniser is."""

from collections.abc import Sequence

from theresa_protocol.messages import AnyServerMessage, Entities, Final, OffsetUnit, Partial, Unknown, WarningMessage


def cut(text: str, begin: int, end: int, unit: OffsetUnit) -> str:
    """A part of a text by offsets in a unit: in UTF-16 units what JavaScript's ``slice`` gives."""
    if unit == "codepoint":
        return text[begin:end]
    return text.encode("utf-16-le")[2 * begin : 2 * end].decode("utf-16-le")


def check_entities(messages: Sequence[AnyServerMessage | Unknown], unit: OffsetUnit) -> None:
    """Raise ``AssertionError`` where the messages of a session, as its client got them, do not fit together."""
    texts: dict[int, str] = {}
    revs: dict[int, int] = {}
    said, told = [], []
    for message in messages:
        if isinstance(message, Partial):
            texts[message.segment] = cut(message.text, 0, message.stable, unit)
        elif isinstance(message, Final):
            texts[message.segment] = message.text
            said += [message.segment] if message.text else []
        elif isinstance(message, Entities):
            assert message.rev > revs.get(message.segment, 0), "revisions grow"
            revs[message.segment] = message.rev
            if message.final:
                assert message.segment in said, "a final list comes behind its final"
                told.append(message.segment)
            else:
                assert message.segment not in said, "no early list comes behind the final"
            _check_items(message, texts[message.segment], unit)
    assert told == [segment for segment in said if segment in told], "one final list each, in the order of the finals"
    if told != said:
        assert any(isinstance(message, WarningMessage) for message in messages), "what is missing is said"


def _check_items(message: Entities, text: str, unit: OffsetUnit) -> None:
    end = 0
    for item in message.items:
        assert end <= item.from_ < item.to, "entities are in order and do not overlap"
        assert cut(text, item.from_, item.to, unit) == item.text
        assert item.start_ms <= item.end_ms
        end = item.to
