"""Celery with its RabbitMQ (py-amqp) transport.

The solo pool, so one process: userguide/concurrency names it besides prefork, the default. prefork (a process per CPU) sends every task
and result through a pipe, and threads share one interpreter; both were no faster for a handler this short on two cores. userguide/workers,
"Concurrency": "you need to experiment to find the numbers that works best for you".

Settings, and where Celery's documentation names them:
- `task_acks_late`: userguide/configuration and userguide/tasks, acknowledges after the work.
- `worker_prefetch_multiplier` times the concurrency, one, is the prefetch, and "should be large" for short tasks: userguide/optimizing,
  "Prefetch Limits".
- `task_ignore_result`: userguide/tasks, "Ignore results you don't want". There is no result backend.
- `pydantic=True`: userguide/tasks, "Argument validation with Pydantic".
- `task_default_queue_type`, the topic exchange and the route of a quorum queue, and `confirm_publish`:
  getting-started/backends-and-brokers/rabbitmq, "Using Quorum Queues"; userguide/configuration for confirms on every queue.
- `broker_pool_limit` is the number of threads that publish: userguide/optimizing, "Broker Connection Pools". Celery is not async: threads
  are the concurrent callers, and more than 32 were no faster.
- a custom request sees each acknowledgement: userguide/tasks, "Requests and custom requests".
"""

import os
import signal
import time
from importlib.metadata import version

from celery import Celery, Task
from celery.worker.request import Request

from order import OrderPlaced, sample
from peer import PREFETCH, PUBLISHERS, SETTLE, Peer, QueueType, Tally, Work, publish_by_threads, run


def queue_name(queue_type: QueueType) -> str:
    return f"peers.celery.{queue_type}"


def app_for(work: Work) -> Celery:
    name = queue_name(work.queue_type)
    app = Celery("peers", broker=work.url)
    app.conf.update(
        task_acks_late=True,
        task_ignore_result=True,
        task_default_queue=name,
        task_default_queue_type=work.queue_type,
        worker_prefetch_multiplier=PREFETCH,
        broker_pool_limit=PUBLISHERS,
        broker_transport_options={"confirm_publish": True},
    )
    if work.queue_type == "quorum":
        app.conf.update(task_default_exchange_type="topic", task_routes={"*": {"routing_key": name}})
    return app


def consume_all(work: Work, tally: Tally) -> float:
    app = app_for(work)
    acknowledged = 0
    elapsed = 0.0

    class CountedRequest(Request):
        def acknowledge(self) -> None:
            nonlocal acknowledged, elapsed
            super().acknowledge()
            acknowledged += 1
            if acknowledged == work.messages:
                elapsed = tally.elapsed()
                time.sleep(SETTLE)
                os.kill(os.getpid(), signal.SIGTERM)

    class CountedTask(Task):
        Request = CountedRequest

    @app.task(name="handle", base=CountedTask, pydantic=True)
    def handle(message: OrderPlaced) -> None:
        tally.handle()

    try:
        app.worker_main(["worker", "--pool=solo", "--concurrency=1", "--loglevel=WARNING"])
    except SystemExit as ended:
        if ended.code:
            raise
    return elapsed


def publish_all(work: Work) -> float:
    app = app_for(work)
    numbers = iter(range(work.messages))

    @app.task(name="handle", pydantic=True)
    def handle(message: OrderPlaced) -> None: ...

    def caller() -> None:
        message = sample()
        for number in numbers:
            message.number = number
            handle.delay(message.model_dump(mode="json"))

    return publish_by_threads(work, caller)


PEER = Peer(
    title=f"Celery {version('celery')}",
    settings=(
        f"solo pool, acks_late, prefetch {PREFETCH}, typed task with pydantic, no results, "
        f"confirm_publish from at most {PUBLISHERS} threads"
    ),
    queue_name=queue_name,
    prepare=publish_all,
    consume=consume_all,
    publish=publish_all,
)

if __name__ == "__main__":
    run(PEER)
