"""All messages of ``theresa.v1`` as frozen structs in two closed unions: client messages and server messages.

Audio is not among them, because it is sent in binary frames. Times are in milliseconds and sample counts at the
declared rate, both since the start of the session. Character offsets use the session's ``offset_unit``.
"""

from theresa_protocol.client_messages import (
    ClientInfo,
    ClientMessage,
    End,
    Endpointing,
    EndpointingFigures,
    EntitiesOptions,
    EntitiesRequest,
    Flush,
    OffsetUnit,
    PreviousFinal,
    ResumeRequest,
    Start,
    Task,
    Term,
    Update,
)
from theresa_protocol.server_messages import (
    Ack,
    Configuration,
    Degradation,
    Draining,
    Ended,
    Entities,
    Entity,
    ErrorMessage,
    Final,
    FinalReason,
    Flushed,
    Graph,
    Link,
    LinkFields,
    Models,
    Node,
    NodeFields,
    Partial,
    ServerMessage,
    Speech,
    Started,
    Stats,
    Suppressed,
    Unknown,
    Updated,
    WarningMessage,
    Word,
)

AnyClientMessage = Start | Update | Flush | End
AnyServerMessage = (
    Started
    | Speech
    | Partial
    | Final
    | Entities
    | Ack
    | Flushed
    | Updated
    | Ended
    | Stats
    | Draining
    | WarningMessage
    | ErrorMessage
)

__all__ = [
    "Ack",
    "AnyClientMessage",
    "AnyServerMessage",
    "ClientInfo",
    "ClientMessage",
    "Configuration",
    "Degradation",
    "Draining",
    "End",
    "Ended",
    "Endpointing",
    "EndpointingFigures",
    "Entities",
    "EntitiesOptions",
    "EntitiesRequest",
    "Entity",
    "ErrorMessage",
    "Final",
    "FinalReason",
    "Flush",
    "Flushed",
    "Graph",
    "Link",
    "LinkFields",
    "Models",
    "Node",
    "NodeFields",
    "OffsetUnit",
    "Partial",
    "PreviousFinal",
    "ResumeRequest",
    "ServerMessage",
    "Speech",
    "Start",
    "Started",
    "Stats",
    "Suppressed",
    "Task",
    "Term",
    "Unknown",
    "Update",
    "Updated",
    "WarningMessage",
    "Word",
]
