"""Transcripts of Realtime sessions whose connection was cut."""

from theresa_server.endpoints.websocket.finished import MAX_ITEMS, MAX_SESSIONS, FinishedSessions
from theresa_server.openai.realtime.server_events import AudioClearedEvent, AudioUsage, TranscriptCompletedEvent


def item(number: int) -> TranscriptCompletedEvent:
    return TranscriptCompletedEvent(item_id=f"item_{number}", transcript="你好", usage=AudioUsage(seconds=1))


async def test_a_session_is_in_progress_until_it_is_complete() -> None:
    sessions = FinishedSessions(30)
    with sessions.open("a", None) as session:
        session.add([item(1), AudioClearedEvent()])
        assert session.describe("a")["status"] == "in_progress"
    found = sessions.find("a")
    assert found is not None
    described = found.describe("a")
    assert (described["status"], [one["item_id"] for one in described["items"]]) == ("completed", ["item_1"])


async def test_the_newest_items_are_kept() -> None:
    with FinishedSessions(30).open("a", None) as session:
        session.add(item(number) for number in range(MAX_ITEMS + 1))
        assert [one.item_id for one in session.items[:1]] == ["item_1"]


async def test_the_newest_sessions_are_kept() -> None:
    sessions = FinishedSessions(30)
    for number in range(MAX_SESSIONS + 1):
        with sessions.open(str(number), None):
            pass
    assert sessions.find("0") is None
    assert sessions.find("1") is not None


async def test_a_window_of_0_keeps_none() -> None:
    sessions = FinishedSessions(0)
    with sessions.open("a", None):
        assert sessions.find("a") is None
