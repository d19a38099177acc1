"""What all peers share: the command line, the clock, the exit codes and the final count.

Exit codes: 0 done, 1 a count is wrong or something failed, 3 the library cannot do it (the reason is on stderr).
Only the result goes to stdout, whatever the libraries print. A process that gets stuck is ended by SIGALRM.
"""

import argparse
import asyncio
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

import aio_pika

QueueType = Literal["quorum", "classic"]

PREFETCH = 500

#: Seconds between the end of the measurement and the end of the connection. RabbitMQ applies acknowledgements to a quorum queue
#: asynchronously, and may forget some of those that came last before their connection ended.
SETTLE = 2.0


class Unsupported(Exception):
    """The library cannot do what is asked."""


class WrongCount(Exception):
    """There are not as many messages as there must be."""


@dataclass(frozen=True)
class Work:
    """What a peer is asked to do."""

    url: str
    queue_type: QueueType
    messages: int
    window: int


@dataclass(frozen=True)
class Peer:
    """A library. `consume` gives the seconds from the first message that a handler got to the last acknowledgement, `publish` the seconds."""

    title: str
    settings: str
    queue_name: Callable[[QueueType], str]
    prepare: Callable[[Work], object]
    consume: Callable[[Work, "Tally"], float]
    publish: Callable[[Work], float]


class Tally:
    """Counts what handlers handle, in any thread, and how long it takes: connecting is not part of it."""

    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._lock = threading.Lock()
        self._begun = 0.0
        self.handled = 0

    def handle(self) -> bool:
        """What each handler does. Says whether this was the last message."""
        with self._lock:
            if not self.handled:
                self._begun = time.perf_counter()
            self.handled += 1
            return self.handled == self._expected

    def elapsed(self) -> float:
        """The seconds since the first message came."""
        return time.perf_counter() - self._begun


#: The most threads that publish with a library that is not async.
PUBLISHERS = 32


def publish_by_threads(work: Work, caller: Callable[[], None]) -> float:
    """Lets threads be the concurrent callers, each until it has no more to publish, and gives the seconds. Libraries that connect when a thread
    publishes for the first time do that within them."""
    callers = min(work.window, PUBLISHERS)
    with ThreadPoolExecutor(callers) as threads:
        begun = time.perf_counter()
        for ended in [threads.submit(caller) for _ in range(callers)]:
            ended.result()
        return time.perf_counter() - begun


async def _count(url: str, queue: str) -> int:
    async with await aio_pika.connect(url) as connection:
        declared = await (await connection.channel()).get_queue(queue)
        return declared.declaration_result.message_count or 0


async def _take_forgotten(url: str, queue_name: str) -> int:
    """Takes what RabbitMQ redelivers because it forgot the acknowledgement, and complains about a message that nobody ever had."""
    taken = 0
    async with await aio_pika.connect(url) as connection:
        queue = await (await connection.channel()).get_queue(queue_name)
        while message := await queue.get(fail=False):
            if not message.redelivered:
                raise WrongCount(f"{queue_name} has a message that was never delivered")
            await message.ack()
            taken += 1
    if taken > PREFETCH:
        raise WrongCount(f"{queue_name} has {taken} messages that were not acknowledged")
    return taken


async def _delete(url: str, queue: str) -> None:
    async with await aio_pika.connect(url) as connection:
        await (await connection.channel()).queue_delete(queue)


def expect_count(url: str, queue: str, expected: int) -> None:
    """Waits until so many messages are ready, and complains if it takes too long."""
    deadline = time.monotonic() + 10
    while (found := asyncio.run(_count(url, queue))) != expected:
        if time.monotonic() > deadline:
            raise WrongCount(f"{queue} has {found} messages, not {expected}")
        time.sleep(0.2)


def _consume(peer: Peer, work: Work, queue: str) -> float:
    expect_count(work.url, queue, work.messages)
    tally = Tally(work.messages)
    seconds = peer.consume(work, tally)
    # What a closed connection had not acknowledged goes back to the queue.
    time.sleep(0.3)
    if work.queue_type == "quorum" and (taken := asyncio.run(_take_forgotten(work.url, queue))):
        print(f"{queue}: RabbitMQ forgot {taken} acknowledgements", file=sys.stderr)
    expect_count(work.url, queue, 0)
    if tally.handled != work.messages:
        raise WrongCount(f"{tally.handled} handlers ran for {work.messages} messages")
    return work.messages / seconds


def _prepare(peer: Peer, work: Work, queue: str) -> None:
    asyncio.run(_delete(work.url, queue))
    peer.prepare(work)
    expect_count(work.url, queue, work.messages)


def _publish(peer: Peer, work: Work, queue: str) -> float:
    asyncio.run(_delete(work.url, queue))
    seconds = peer.publish(work)
    expect_count(work.url, queue, work.messages)
    asyncio.run(_delete(work.url, queue))
    return work.messages / seconds


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for command in ("prepare", "consume", "publish"):
        subparser = commands.add_parser(command)
        subparser.add_argument("--url", required=True)
        subparser.add_argument("--queue", choices=("quorum", "classic"), required=True)
        subparser.add_argument("--messages", type=int, required=True)
        subparser.add_argument("--window", type=int, default=256)
    commands.add_parser("version")
    return parser.parse_args()


def run(peer: Peer) -> None:
    """Does what the command line asks for, and exits."""
    arguments = _arguments()
    if arguments.command == "version":
        major, minor, _ = platform.python_version_tuple()
        print(f"{peer.title} (Python {major}.{minor}): {peer.settings}")
        return
    work = Work(arguments.url, arguments.queue, arguments.messages, arguments.window)
    signal.alarm(120 + work.messages // 50)
    stdout = os.dup(1)
    os.dup2(2, 1)
    result: float | None = None
    try:
        queue = peer.queue_name(work.queue_type)
        match arguments.command:
            case "prepare":
                _prepare(peer, work, queue)
            case "consume":
                result = _consume(peer, work, queue)
            case "publish":
                result = _publish(peer, work, queue)
    except Unsupported as reason:
        print(f"{peer.title}: {reason}", file=sys.stderr)
        sys.exit(3)
    except WrongCount as error:
        print(f"{peer.title}: {error}", file=sys.stderr)
        sys.exit(1)
    if result is not None:
        os.write(stdout, f"{result}\n".encode())
