"""A broker's message: a job's id and name; everything else stays in its row."""

from typing import Any

from taskiq import AsyncBroker, BrokerMessage, TaskiqMessage

# A name unknown to this release still has to be claimed, so that its failure is recorded.
UNKNOWN = "moments:unknown"
# An empty message; the worker that reads it reclaims the messages of dead workers.
TICK = "moments:tick"


def message_for(broker: AsyncBroker, job_id: str, name: str) -> BrokerMessage:
    """Return a job's message."""
    task_name = name if broker.find_task(name) is not None else UNKNOWN
    message = TaskiqMessage(
        task_id=job_id or TICK, task_name=task_name, labels={}, args=[job_id], kwargs={}
    )
    return broker.formatter.dumps(message)


def parse(broker: AsyncBroker, message: BrokerMessage) -> tuple[str, dict[str, Any]]:
    """Return the name and the arguments of a message from taskiq's own client."""
    content = broker.formatter.loads(message.message)
    return content.task_name, content.kwargs
