"""Load from wrk, h2load and openssl, and how much of it was answered."""

import asyncio
import os
import re
import ssl
import time
from dataclasses import dataclass

from application import LARGE_BYTES, SMALL_BYTES
from failure import Failed

_LATENCY_CONNECTIONS = 50
_OPENSSL_CLIENTS = 4
_AT_ONCE = 50
_REQUESTS_OF_HTTP2 = 20_000
_MOST_SECONDS_MORE = 120


@dataclass(frozen=True)
class Done:
    """Units of work that were answered, and those that were not."""

    count: int
    errors: int


class Load:
    """Runs on one CPU, which is not the proxy's where there are two."""

    def __init__(self, folder, programs, processes, cpu):
        self._folder = folder
        self._programs = programs
        self._processes = processes
        self._cpu = cpu
        self._upload = f"{folder}/upload.lua"
        with open(self._upload, "w") as file:
            file.write(f'wrk.method = "POST"\nwrk.body = string.rep("x", {LARGE_BYTES})\n')

    def _run(self, seconds, *lines):
        most = seconds + _MOST_SECONDS_MORE
        return self._processes.run(*lines, cpu=self._cpu, most_seconds=most)

    def wrk(self, port, path, connections, seconds, *more):
        line = [
            self._programs.path("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", *more,
            f"https://127.0.0.1:{port}{path}",
        ]  # fmt: skip
        said = self._run(seconds, line)[0]
        requests = re.search(r"(\d+) requests in", said)
        if not requests:
            raise Failed(f"wrk: {said.strip()}")
        refused = re.search(r"Non-2xx.*?(\d+)", said)
        # Where each answer ends its connection, wrk counts the ends as errors of reading.
        sockets = re.search(r"errors: connect (\d+), read \d+, write (\d+), timeout (\d+)", said)
        errors = sum(map(int, sockets.groups())) if sockets else 0
        return Done(int(requests.group(1)), errors + (int(refused.group(1)) if refused else 0))

    def upload(self, port, connections, seconds):
        return self.wrk(port, "/upload", connections, seconds, "-s", self._upload)

    def with_certificates(self, port, seconds):
        """New connections, each with a client certificate and one request."""
        d = self._folder
        line = [
            self._programs.path("openssl"), "s_time", "-connect", f"127.0.0.1:{port}", "-new",
            "-time", str(seconds), "-cert", f"{d}/client.crt", "-key", f"{d}/client.key",
            "-CAfile", f"{d}/ca.crt", "-www", "/small",
        ]  # fmt: skip
        count = 0
        for said in self._run(seconds, *[line] * _OPENSSL_CLIENTS):
            told = re.search(r"(\d+) connections in \d+ real seconds, (\d+) bytes read", said)
            # In TLS 1.3 a client learns that it is refused only when it reads.
            if not told or int(told.group(2)) < SMALL_BYTES:
                raise Failed(f"openssl s_time: {said.strip()[-400:]}")
            count += int(told.group(1))
        return Done(count, 0)

    def h2load(self, port, seconds):
        # Not for a time (-D): a connection that is not there yet when that is over goes on for ever.
        line = [
            self._programs.path("h2load"), "-n", str(_REQUESTS_OF_HTTP2), "-c", "8", "-m", "16",
            f"https://127.0.0.1:{port}/small",
        ]  # fmt: skip
        count = errors = 0
        end = time.monotonic() + seconds
        while count + errors == 0 or time.monotonic() < end:
            said = self._run(seconds, line)[0]
            told = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", said)
            if not told or "Application protocol: h2" not in said:
                raise Failed(f"h2load: {said.strip()[-400:]}")
            succeeded, failed, errored = map(int, told.groups())
            count += succeeded
            errors += failed + errored
        return Done(count, errors)

    def latency(self, url, rate, seconds):
        """Milliseconds from request to answer at so many requests a second: p50 and p99.9."""
        log = f"{self._folder}/latency.log"
        if os.path.exists(log):
            os.remove(log)
        each = max(1, rate // _LATENCY_CONNECTIONS)
        # Connections that began at once would send at once too, again and again, and the time that
        # is told would be that which requests wait for each other.
        line = [
            self._programs.path("h2load"), "--h1", "-c", str(_LATENCY_CONNECTIONS),
            "-r", "1", "--rate-period", "1ms", "--rps", str(each),
            "-n", str(each * (seconds + 1) * _LATENCY_CONNECTIONS), f"--log-file={log}", url,
        ]  # fmt: skip
        said = self._run(seconds, line)[0]
        if not os.path.exists(log):
            raise Failed(f"h2load: {said.strip()[-400:]}")
        with open(log) as file:
            rows = [[int(number) for number in row.split("\t")] for row in file]
        # The first second has the handshakes in it.
        begun = min((start for start, _, _ in rows), default=0) + 1_000_000
        counted = [(status, took) for start, status, took in rows if start >= begun]
        took = sorted(took for status, took in counted if status == 200)
        if not took:
            raise Failed(f"h2load: no answers: {said.strip()[-400:]}")
        done = Done(len(took), len(counted) - len(took))
        return (percentile(took, 0.5) / 1000, percentile(took, 0.999) / 1000), done

    def idle(self, port, count, measure):
        """What `measure` gives while so many connections are open, each used once."""
        return asyncio.run(self._idle(port, count, measure))

    async def _idle(self, port, count, measure):
        tls = ssl.create_default_context(cafile=f"{self._folder}/ca.crt")
        connections = []
        for begun in range(0, count, _AT_ONCE):
            more = range(begun, min(begun + _AT_ONCE, count))
            connections += await asyncio.gather(*(self._used_once(port, tls) for _ in more))
        await asyncio.sleep(1)
        try:
            return measure()
        finally:
            for writer in connections:
                writer.transport.abort()

    @staticmethod
    async def _used_once(port, tls):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname="localhost"
        )
        writer.write(b"GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(SMALL_BYTES)
        return writer


def percentile(ascending, share):
    return ascending[min(len(ascending) - 1, int(len(ascending) * share))]
