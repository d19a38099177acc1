"""FastStream with its RabbitMQ broker.

Settings, and where FastStream's documentation names them:
- `AckPolicy.REJECT_ON_ERROR`, its default for RabbitMQ, acknowledges after success: getting-started/acknowledgement.
- `Channel(prefetch_count=...)` as the default channel: rabbit/examples/stream; every delivery is a task of its own, so the prefetch is
  the concurrency.
- `RabbitQueue(queue_type=..., durable=True)`: rabbit/declare and the API of `RabbitQueue`.
- a pydantic model as the annotation of the handler's only argument: getting-started/subscription/pydantic.
- orjson "just install it and framework will use it automatically": getting-started/subscription/annotation.
- uvloop "if it exists": getting-started/cli, "Event Loop".
- `logger=None`, or two lines are logged for each message: getting-started/observability/logging; so do FastStream's own benchmarks.
- `persist=True`, with the confirms that are the default of `Channel`: rabbit/publishing.
"""

import asyncio
import time
from importlib.metadata import version

import uvloop
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue

import peer
from order import OrderPlaced, sample
from peer import PREFETCH, SETTLE, Peer, Tally, Work, run


def queue_name(queue_type: peer.QueueType) -> str:
    return f"peers.faststream.{queue_type}"


def broker_for(work: Work) -> RabbitBroker:
    return RabbitBroker(work.url, default_channel=Channel(prefetch_count=PREFETCH, on_return_raises=True), logger=None)


def queue_for(work: Work) -> RabbitQueue:
    name = queue_name(work.queue_type)
    if work.queue_type == "quorum":
        return RabbitQueue(name, queue_type=QueueType.QUORUM, durable=True)
    return RabbitQueue(name, queue_type=QueueType.CLASSIC, durable=True)


async def consume_all(work: Work, tally: Tally) -> float:
    done = asyncio.Event()
    broker = broker_for(work)
    subscriber = broker.subscriber(queue_for(work), ack_policy=AckPolicy.REJECT_ON_ERROR)

    @subscriber
    async def handle(message: OrderPlaced) -> None:
        if tally.handle():
            done.set()

    async with broker:
        await broker.start()
        await done.wait()
        # It waits until every handler's acknowledgement is sent.
        await subscriber.stop()
        elapsed = tally.elapsed()
        await asyncio.sleep(SETTLE)
    return elapsed


async def publish_all(work: Work) -> float:
    numbers = iter(range(work.messages))
    broker = broker_for(work)
    queue = queue_for(work)
    publisher = broker.publisher(queue, persist=True)

    async def caller() -> None:
        message = sample()
        for number in numbers:
            message.number = number
            await publisher.publish(message)

    async with broker:
        await broker.start()
        await broker.declare_queue(queue)
        begun = time.perf_counter()
        await asyncio.gather(*(caller() for _ in range(work.window)))
        return time.perf_counter() - begun


PEER = Peer(
    title=f"FastStream {version('faststream')} on aio-pika {version('aio-pika')}",
    settings=(
        f"uvloop {version('uvloop')}, orjson {version('orjson')}, prefetch {PREFETCH}, "
        "acknowledged after the handler, typed handler with pydantic, confirms"
    ),
    queue_name=queue_name,
    prepare=lambda work: uvloop.run(publish_all(work)),
    consume=lambda work, tally: uvloop.run(consume_all(work, tally)),
    publish=lambda work: uvloop.run(publish_all(work)),
)

if __name__ == "__main__":
    run(PEER)
