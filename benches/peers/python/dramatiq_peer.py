"""Dramatiq with its RabbitMQ broker. Classic queues only: the broker has no setting for the type or the arguments of a queue.

One worker in this process. The `dramatiq` command starts a process per CPU by default, each with such a worker (guide, "Workers").

Settings, and where Dramatiq's documentation names them:
- acknowledged after the actor, always: advanced, "Message Persistence".
- `dramatiq_queue_prefetch`: reference, "Environment Variables".
- 8 worker threads, the default (guide, "Workers"); 1 to 16 threads were equally fast.
- the default middleware, which has the retries: reference, "Default Middleware".
- `confirm_delivery`: reference, `RabbitmqBroker`. Dramatiq is not async, and each thread has a connection of its own: threads are the
  concurrent callers, and more than 32 were no faster.
- Dramatiq decodes JSON into simple types (best_practices, "Simple Messages"); the actor validates them itself with pydantic.
"""

import os
import threading
import time
from importlib.metadata import version
from typing import Any

from order import OrderPlaced, sample
from peer import PREFETCH, PUBLISHERS, SETTLE, Peer, QueueType, Tally, Unsupported, Work, publish_by_threads, run

# Dramatiq reads it when it is imported.
os.environ["dramatiq_queue_prefetch"] = str(PREFETCH)

import dramatiq
from dramatiq.brokers.rabbitmq import RabbitmqBroker

WORKER_THREADS = 8


def queue_name(queue_type: QueueType) -> str:
    if queue_type == "quorum":
        raise Unsupported("RabbitmqBroker has no setting for the type or the arguments of a queue")
    return f"peers.dramatiq.{queue_type}"


def broker_for(work: Work) -> RabbitmqBroker:
    broker = RabbitmqBroker(url=work.url, confirm_delivery=True)
    dramatiq.set_broker(broker)
    return broker


def consume_all(work: Work, tally: Tally) -> float:
    broker = broker_for(work)
    name = queue_name(work.queue_type)
    done = threading.Event()

    @dramatiq.actor(queue_name=name)
    def handle(message: dict[str, Any]) -> None:
        OrderPlaced.model_validate(message)
        if tally.handle():
            done.set()

    worker = dramatiq.Worker(broker, worker_threads=WORKER_THREADS)
    worker.start()
    done.wait()
    worker.join()
    # Now every acknowledgement has been handed to the connection's thread, which does in turn what it was handed.
    acknowledged = threading.Event()
    consumer: Any = worker.consumers[name].consumer
    consumer.connection.add_callback_threadsafe(acknowledged.set)
    acknowledged.wait()
    elapsed = tally.elapsed()
    time.sleep(SETTLE)
    worker.stop()
    broker.close()
    return elapsed


def publish_all(work: Work) -> float:
    broker = broker_for(work)
    numbers = iter(range(work.messages))

    @dramatiq.actor(queue_name=queue_name(work.queue_type))
    def handle(message: dict[str, Any]) -> None: ...

    def caller() -> None:
        message = sample()
        for number in numbers:
            message.number = number
            handle.send(message.model_dump(mode="json"))

    elapsed = publish_by_threads(work, caller)
    broker.close()
    return elapsed


PEER = Peer(
    title=f"Dramatiq {version('dramatiq')} on pika {version('pika')}",
    settings=(
        f"{WORKER_THREADS} worker threads, prefetch {PREFETCH}, acknowledged after the actor, pydantic in the actor, "
        f"confirm_delivery from at most {PUBLISHERS} threads, classic queues only"
    ),
    queue_name=queue_name,
    prepare=publish_all,
    consume=consume_all,
    publish=publish_all,
)

if __name__ == "__main__":
    run(PEER)
