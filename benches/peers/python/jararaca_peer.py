"""Jararaca's message bus worker. Classic queues only: `jararaca declare` has no setting for the type of a queue.

It needs an environment of its own (`requirements-jararaca.txt`): it holds aio-pika below 10 and uvloop below 0.21.

Settings, and where Jararaca's documentation names them:
- acknowledged after the handler, the default: messagebus, "Error Handling".
- a channel per queue and `prefetch_count`, which is the concurrency: worker-channels, "Choosing a layout" ("few handlers, throughput
  matters"), and messagebus, "Concurrency bound".
- uvloop: the worker always runs on it.
- a pydantic model as the message, `MessageOf` as the handler's argument: messagebus, "Example Handler Definition".
- no interceptors: each would open what it needs for every message, and this handler needs nothing.
- no confirms. Every unit of work publishes in an AMQP transaction (messagebus, "Publishing Messages"), whose commit is the broker's answer
  that the messages are stored; so here each publish is a unit of work. `AIOPikaConnectionFactory` gets pools of 16 connections and
  channels: the documentation shows it without, and then each unit of work opens a connection; more than 16 were no faster.
- the backend URL is required, and Redis is used only by retries: no Redis runs here.
"""

import asyncio
import itertools
import time
from importlib.metadata import version

import uvloop
from jararaca import AIOPikaConnectionFactory, Message, MessageBusController, MessageHandler, MessageOf, Microservice
from jararaca.cli import declare_worker_infrastructure
from jararaca.messagebus.aiopika import gen_queue_name
from jararaca.messagebus.interceptors.aiopika_publisher_interceptor import GenericPoolConfig
from jararaca.messagebus.worker import MessageBusWorker

from order import OrderPlaced, sample
from peer import PREFETCH, Peer, QueueType, Tally, Unsupported, Work, run

EXCHANGE = "peers.jararaca"
CONNECTIONS = GenericPoolConfig(max_size=16)


class OrderTask(OrderPlaced, Message):
    """The message as a task of Jararaca."""

    MESSAGE_TOPIC = "peers.jararaca.classic"
    MESSAGE_TYPE = "task"


@MessageBusController()
class Orders:
    """The handler."""

    tally: Tally
    worker: MessageBusWorker

    @MessageHandler(OrderTask)
    async def placed(self, message: MessageOf[OrderTask]) -> None:
        message.payload()
        if Orders.tally.handle():
            Orders.worker.consumer.shutdown()


APP = Microservice(controllers=[Orders])


def queue_name(queue_type: QueueType) -> str:
    if queue_type == "quorum":
        raise Unsupported("`jararaca declare` makes queues without a type, and has no setting for it")
    return gen_queue_name(OrderTask, Orders.placed)


def broker_url(work: Work) -> str:
    return f"{work.url}?exchange={EXCHANGE}&prefetch_count={PREFETCH}"


def consume_all(work: Work, tally: Tally) -> float:
    Orders.tally = tally
    Orders.worker = MessageBusWorker(APP, broker_url=broker_url(work), backend_url="redis://localhost")
    # It returns when every handler's acknowledgement is sent.
    Orders.worker.start_sync()
    return tally.elapsed()


async def publish_all(work: Work, callers: int, unit_of_work: int) -> float:
    numbers = iter(range(work.messages))
    await declare_worker_infrastructure(broker_url(work), APP)
    factory = AIOPikaConnectionFactory(work.url, EXCHANGE, connection_pool_config=CONNECTIONS, channel_pool_config=CONNECTIONS)

    async def caller() -> None:
        message = OrderTask(**sample().model_dump())
        while unit := list(itertools.islice(numbers, unit_of_work)):
            async with factory.provide_connection() as publisher:
                for number in unit:
                    await publisher.publish(message.model_copy(update={"number": number}), message.MESSAGE_TOPIC)
                await publisher.flush()

    begun = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - begun


PEER = Peer(
    title=f"Jararaca {version('jararaca')} on aio-pika {version('aio-pika')}",
    settings=(
        f"uvloop {version('uvloop')}, prefetch {PREFETCH}, acknowledged after the handler, typed handler with pydantic, "
        f"a transaction per publish on at most {CONNECTIONS.max_size} connections, classic queues only"
    ),
    queue_name=queue_name,
    prepare=lambda work: uvloop.run(publish_all(work, callers=1, unit_of_work=500)),
    consume=consume_all,
    publish=lambda work: uvloop.run(publish_all(work, callers=work.window, unit_of_work=1)),
)

if __name__ == "__main__":
    run(PEER)
