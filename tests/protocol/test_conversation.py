"""Which messages each state allows; both sides agree on the state, whatever is in flight."""

from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from theresa_protocol.conversation import CLIENT_TRANSITIONS, SERVER_TRANSITIONS, Conversation, State
from theresa_protocol.errors import ErrorCode, LocalProtocolError, ProtocolError, RemoteProtocolError
from theresa_protocol.messages import (
    Ack,
    Draining,
    End,
    Ended,
    ErrorMessage,
    Final,
    Flush,
    Flushed,
    Partial,
    Start,
    Started,
    Unknown,
    Update,
    Updated,
)

from .samples import CLIENT, FATAL, SAMPLES
from .strategies import CLIENT_TYPES, SERVER_TYPES

CLIENT_KINDS = (*CLIENT_TYPES, bytes)
SERVER_KINDS = (*SERVER_TYPES, Unknown)
PATHS = {
    State.OPENING: [],
    State.STARTING: [Start],
    State.STREAMING: [Start, Started],
    State.ENDING: [Start, Started, End],
    State.STARTING_ENDING: [Start, End],
    State.CLOSED: [Start, Started, End, Ended],
}


def conversation_in(role, state):
    conversation = Conversation(role)
    for kind in PATHS[state]:
        ours = (kind in CLIENT_KINDS) == (role == "client")
        (conversation.sent if ours else conversation.received)(SAMPLES[kind])
    assert conversation.state is state
    return conversation


def after(role, *kinds):
    conversation = Conversation(role)
    for kind in kinds:
        ours = (kind in CLIENT_KINDS) == (role == "client")
        (conversation.sent if ours else conversation.received)(SAMPLES[kind])
    return conversation.state


CASES = [
    pytest.param(state, kind, table[state].get(kind), id=f"{state.name}-{kind.__name__}")
    for table, kinds in ((CLIENT_TRANSITIONS, CLIENT_KINDS), (SERVER_TRANSITIONS, SERVER_KINDS))
    for state in State
    for kind in kinds
]


@pytest.mark.parametrize(("state", "kind", "target"), CASES)
def test_one_may_send_what_the_table_allows_and_nothing_else(state, kind, target):
    conversation = conversation_in("client" if kind in CLIENT_KINDS else "server", state)
    if target is None:
        with pytest.raises(LocalProtocolError):
            conversation.sent(SAMPLES[kind])
    else:
        conversation.sent(SAMPLES[kind])
    assert conversation.state is (target or state)


@pytest.mark.parametrize(("state", "kind", "target"), CASES)
def test_the_other_side_may_send_what_the_table_allows_and_nothing_else(state, kind, target):
    conversation = conversation_in("server" if kind in CLIENT_KINDS else "client", state)
    ignored = kind in CLIENT_KINDS and state is State.CLOSED
    if target is None and not ignored:
        with pytest.raises(RemoteProtocolError):
            conversation.received(SAMPLES[kind])
    else:
        conversation.received(SAMPLES[kind])
    assert conversation.state is (target or state)


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_a_fatal_error_closes_from_everywhere(state):
    server, client = conversation_in("server", state), conversation_in("client", state)
    server.sent(FATAL)
    client.received(FATAL)
    assert server.state is client.state is State.CLOSED


CROSSINGS = [
    pytest.param(state, ours, theirs, id=f"{state.name}-{ours.__name__}-{theirs.__name__}")
    for state in State
    for ours in CLIENT_TRANSITIONS[state]
    for theirs in SERVER_TRANSITIONS[state]
]


@pytest.mark.parametrize(("state", "client_kind", "server_kind"), CROSSINGS)
def test_messages_that_cross_lead_to_the_same_state_in_either_order(state, client_kind, server_kind):
    after_client = CLIENT_TRANSITIONS[state][client_kind]
    after_server = SERVER_TRANSITIONS[state][server_kind]
    assert SERVER_TRANSITIONS[after_client][server_kind] is CLIENT_TRANSITIONS[after_server][client_kind]


class Wire:
    """Two conversations and what is in flight between them."""

    def __init__(self):
        self.client, self.server = Conversation("client"), Conversation("server")
        self.to_server, self.to_client = deque(), deque()

    def say(self, role, message):
        speaker, queue = (self.client, self.to_server) if role == "client" else (self.server, self.to_client)
        try:
            speaker.sent(message)
        except LocalProtocolError:
            return
        queue.append(message)

    def deliver(self, role):
        listener, queue = (self.client, self.to_client) if role == "client" else (self.server, self.to_server)
        if queue:
            listener.received(queue.popleft())

    def drain(self):
        while self.to_client or self.to_server:
            self.deliver("client")
            self.deliver("server")


steps = st.lists(
    st.one_of(
        st.tuples(st.just("client"), st.sampled_from([*CLIENT, bytes(4)])),
        st.tuples(st.just("server"), st.sampled_from([*(SAMPLES[kind] for kind in SERVER_KINDS), FATAL])),
        st.tuples(st.sampled_from(["client", "server"]), st.none()),
    ),
    max_size=60,
)


@given(steps)
def test_both_sides_agree_when_all_has_arrived_whatever_was_in_flight(steps):
    wire = Wire()
    for role, message in steps:
        if message is None:
            wire.deliver(role)
        else:
            wire.say(role, message)
    wire.drain()
    assert wire.client.state is wire.server.state


@given(st.sampled_from(["client", "server"]), steps)
def test_any_exchange_is_recorded_or_refused_with_a_code(role, steps):
    conversation = Conversation(role)
    for speaker, message in steps:
        ours = speaker == role
        before, refusal = conversation.state, None
        try:
            (conversation.sent if ours else conversation.received)(message)
        except ProtocolError as error:
            refusal = error
        if refusal is not None:
            assert isinstance(refusal, LocalProtocolError if ours else RemoteProtocolError)
            assert refusal.code in (ErrorCode.START_EXPECTED, ErrorCode.UNEXPECTED_MESSAGE)
            assert conversation.state is before


@pytest.mark.parametrize("kind", [bytes, Update, Flush, End])
def test_anything_before_start_is_start_expected(kind):
    with pytest.raises(RemoteProtocolError) as refusal:
        Conversation("server").received(SAMPLES[kind])
    assert refusal.value.code is ErrorCode.START_EXPECTED


def test_audio_may_follow_start_at_once():
    assert after("client", Start, bytes, bytes) is State.STARTING
    assert after("server", Start, bytes, bytes, Started, bytes) is State.STREAMING


def test_a_whole_session_may_be_sent_before_it_has_started():
    assert after("client", Start, bytes, Flush, End, Started, Partial, Final, Flushed, Ended) is State.CLOSED


def test_a_session_starts_once():
    conversation = conversation_in("server", State.STREAMING)
    with pytest.raises(RemoteProtocolError, match="must not send 'start' in a session that has started"):
        conversation.received(Start())


def test_audio_after_end_is_refused():
    conversation = conversation_in("server", State.ENDING)
    with pytest.raises(RemoteProtocolError, match="must not send audio after 'end'") as refusal:
        conversation.received(bytes(2))
    assert refusal.value.code is ErrorCode.UNEXPECTED_MESSAGE


def test_ended_without_end_is_refused():
    with pytest.raises(LocalProtocolError, match="A server must not send 'ended' in a session that has started"):
        conversation_in("server", State.STREAMING).sent(SAMPLES[Ended])


@pytest.mark.parametrize("kind", SERVER_KINDS)
def test_server_messages_after_ended_are_refused(kind):
    with pytest.raises(RemoteProtocolError, match="after the session has ended"):
        conversation_in("client", State.CLOSED).received(SAMPLES[kind])


def test_an_error_names_the_unknown_message():
    with pytest.raises(RemoteProtocolError, match="must not send 'speaker' after the session has ended"):
        conversation_in("client", State.CLOSED).received(SAMPLES[Unknown])


@pytest.mark.parametrize("kind", CLIENT_KINDS)
def test_what_a_client_sent_before_it_knew_of_an_error_is_ignored(kind):
    conversation = conversation_in("server", State.STREAMING)
    conversation.sent(FATAL)
    conversation.received(SAMPLES[kind])
    assert conversation.state is State.CLOSED


@pytest.mark.parametrize("kind", CLIENT_KINDS)
def test_a_client_sends_nothing_after_a_fatal_error(kind):
    conversation = conversation_in("client", State.STREAMING)
    conversation.received(FATAL)
    with pytest.raises(LocalProtocolError):
        conversation.sent(SAMPLES[kind])


def test_finals_may_follow_what_was_refused():
    conversation = conversation_in("server", State.STREAMING)
    with pytest.raises(RemoteProtocolError):
        conversation.received(Start())
    conversation.sent(SAMPLES[Final])
    conversation.sent(FATAL)
    assert conversation.state is State.CLOSED


def test_an_error_that_is_not_fatal_changes_nothing():
    assert after("client", Start, Started, Update, ErrorMessage, bytes) is State.STREAMING


def test_messages_of_a_later_version_are_allowed_while_a_session_lasts():
    assert after("client", Unknown, Start, Unknown, Started, Unknown, End, Unknown, Ended) is State.CLOSED


def test_a_server_may_drain_at_any_time():
    assert after("server", Draining, Start, Draining, Started, Draining, End, Draining, Ended) is State.CLOSED


def test_a_server_sends_until_ended():
    assert after("server", Start, Started, End, Partial, Final, Ack, Updated, Ended) is State.CLOSED
