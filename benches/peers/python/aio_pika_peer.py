"""aio-pika by itself, the client under FastStream and Jararaca.

Settings, and where aio-pika's documentation names them:
- a callback consumer, `message.process()` around the work (acknowledges after it) and `set_qos(prefetch_count=...)`:
  quick-start, "Asynchronous message processing".
- `connect_robust`, one connection and one channel: quick-start, "Connection pooling" ("start with a single connect_robust()").
- confirms by concurrent publishers: rabbitmq-tutorial/7-publisher-confirms, "Strategy #3: Handling Publisher Confirms Asynchronously".
- uvloop: not in aio-pika's documentation; the loop of the other async peers (asyncio's own was equally fast).
- aio-pika decodes nothing; the handler validates the body itself, by pydantic's recommended `model_validate_json`.
"""

import asyncio
import time
from importlib.metadata import version

import aio_pika
import uvloop
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from order import OrderPlaced, sample
from peer import PREFETCH, SETTLE, Peer, QueueType, Tally, Work, run


def queue_name(queue_type: QueueType) -> str:
    return f"peers.aio-pika.{queue_type}"


async def declare(channel: AbstractChannel, queue_type: QueueType) -> AbstractQueue:
    return await channel.declare_queue(queue_name(queue_type), durable=True, arguments={"x-queue-type": queue_type})


async def consume_all(work: Work, tally: Tally) -> float:
    acknowledged = 0
    done = asyncio.Event()

    async def handle(message: AbstractIncomingMessage) -> None:
        nonlocal acknowledged
        async with message.process():
            OrderPlaced.model_validate_json(message.body)
            tally.handle()
        acknowledged += 1
        if acknowledged == work.messages:
            done.set()

    async with await aio_pika.connect_robust(work.url) as connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await declare(channel, work.queue_type)
        await queue.consume(handle)
        await done.wait()
        elapsed = tally.elapsed()
        await asyncio.sleep(SETTLE)
    return elapsed


async def publish_all(work: Work) -> float:
    numbers = iter(range(work.messages))

    async def caller(channel: AbstractChannel, routing_key: str) -> None:
        message = sample()
        for number in numbers:
            message.number = number
            await channel.default_exchange.publish(
                aio_pika.Message(
                    message.model_dump_json().encode(),
                    content_type="application/json",
                    delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
                ),
                routing_key=routing_key,
            )

    async with await aio_pika.connect_robust(work.url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        queue = await declare(channel, work.queue_type)
        begun = time.perf_counter()
        await asyncio.gather(*(caller(channel, queue.name) for _ in range(work.window)))
        return time.perf_counter() - begun


PEER = Peer(
    title=f"aio-pika {version('aio-pika')}",
    settings=f"uvloop {version('uvloop')}, prefetch {PREFETCH}, acknowledged after the handler, pydantic in the handler, confirms",
    queue_name=queue_name,
    prepare=lambda work: uvloop.run(publish_all(work)),
    consume=lambda work, tally: uvloop.run(consume_all(work, tally)),
    publish=lambda work: uvloop.run(publish_all(work)),
)

if __name__ == "__main__":
    run(PEER)
