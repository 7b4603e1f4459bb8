"""What is measured: each measure is some load, and what a proxy takes for a unit of it."""

import time
from dataclasses import dataclass
from typing import Callable

from application import LARGE_BYTES
from processes import cpu_seconds, memory_kib
from proxies import HTTP, MTLS, TCP

_MICROSECONDS = 1e6
_PER_GIB = (1 << 30) / LARGE_BYTES


@dataclass(frozen=True)
class Running:
    """A proxy that serves."""

    name: str
    pid: int
    port: int


@dataclass(frozen=True)
class Terms:
    """What a measure has at hand, and for how long it is taken."""

    load: object
    seconds: int
    application: int
    rate: int
    idle: int
    errors: Callable


@dataclass(frozen=True)
class Measure:
    """One of `--tests`.

    `take` gives a value for each of the rows. A fresh one is taken of a process that has just
    started, not of the one that all others share.
    """

    name: str
    mode: str
    needs: str
    rows: tuple
    take: Callable
    fresh: bool = False


def _cpu(of, units):
    """CPU time for a unit of the load; `units` is how many of ours there are to one of its."""

    def take(proxy, at):
        before = cpu_seconds(proxy.pid)
        done = of(proxy.port, at)
        used = cpu_seconds(proxy.pid) - before
        at.errors(proxy.name, done.errors)
        return (used * units / max(1, done.count),)

    return take


def _latency(proxy, at):
    """What the proxy adds in the middle, the application being asked without it just before.

    Of the slowest answers no such difference can be told: it is whose turn it was to be slow.
    """
    alone, _ = at.load.latency(f"http://127.0.0.1:{at.application}/small", at.rate, at.seconds)
    url = f"https://127.0.0.1:{proxy.port}/small"
    through, done = at.load.latency(url, at.rate, at.seconds)
    at.errors(proxy.name, done.errors)
    return through[0] - alone[0], through[1]


def _memory(proxy, at):
    """MiB when it has started, and KiB for each connection that is open and was used once."""
    time.sleep(at.seconds)
    started = memory_kib(proxy.pid)
    # What is loaded and kept for the first connections is not theirs.
    at.load.idle(proxy.port, max(1, at.idle // 5), lambda: None)
    time.sleep(1)
    before = memory_kib(proxy.pid)
    while_open = at.load.idle(proxy.port, at.idle, lambda: memory_kib(proxy.pid))
    return started / 1024, (while_open - before) / at.idle


MEASURES = (
    Measure(
        "keepalive", TCP, "wrk", (("tcp, requests on 64 kept connections", "µs"),),
        _cpu(lambda port, at: at.load.wrk(port, "/small", 64, at.seconds), _MICROSECONDS),
    ),
    Measure(
        "handshake", TCP, "wrk", (("tcp, TLS handshake and a request", "µs"),),
        _cpu(
            lambda port, at: at.load.wrk(port, "/small", 32, at.seconds, "-H", "Connection: close"),
            _MICROSECONDS,
        ),
    ),
    Measure(
        "mtls", MTLS, "openssl", (("tcp, mutual TLS handshake and a request", "µs"),),
        _cpu(lambda port, at: at.load.with_certificates(port, at.seconds), _MICROSECONDS),
    ),
    Measure(
        "download", TCP, "wrk", (("tcp, sent to the client", "s/GiB"),),
        _cpu(lambda port, at: at.load.wrk(port, "/large", 8, at.seconds), _PER_GIB),
    ),
    Measure(
        "upload", TCP, "wrk", (("tcp, received from the client", "s/GiB"),),
        _cpu(lambda port, at: at.load.upload(port, 8, at.seconds), _PER_GIB),
    ),
    Measure(
        "http-keepalive", HTTP, "wrk", (("HTTP/1.1, requests on 64 kept connections", "µs"),),
        _cpu(lambda port, at: at.load.wrk(port, "/small", 64, at.seconds), _MICROSECONDS),
    ),
    Measure(
        "h2", HTTP, "h2load", (("HTTP/2, requests on 8 x 16 streams", "µs"),),
        _cpu(lambda port, at: at.load.h2load(port, at.seconds), _MICROSECONDS),
    ),
    Measure(
        "http-download", HTTP, "wrk", (("HTTP/1.1, sent to the client", "s/GiB"),),
        _cpu(lambda port, at: at.load.wrk(port, "/large", 8, at.seconds), _PER_GIB),
    ),
    Measure(
        "latency", TCP, "h2load",
        (("tcp, latency added, p50", "ms"), ("tcp, latency with the application's, p99.9", "ms")),
        _latency,
    ),
    Measure(
        "memory", TCP, "openssl",
        (("memory after start", "MiB"), ("memory for an idle TLS connection", "KiB")), _memory,
        fresh=True,
    ),
)  # fmt: skip
