"""One run: starts the proxies, measures them in rounds and gives the figures."""

import socket
import sys
import time
from dataclasses import dataclass, field

import application
import certificates
from failure import Failed
from figures import OURS, Figures
from load import Load
from measures import Running, Terms
from proxies import Site

_START_SECONDS = 60


@dataclass(frozen=True)
class Plan:
    """What to do, of what is there."""

    sallyport: str
    kinds: tuple
    measures: tuple
    rounds: int
    seconds: int
    warm_up: int
    rate: int
    idle: int
    proxy_cpu: int
    load_cpu: int


@dataclass
class Outcome:
    """The figures, and requests that were not answered as they should have been."""

    figures: list = field(default_factory=list)
    errors: list = field(default_factory=list)


def free_port():
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return any_socket.getsockname()[1]


class Bench:
    """Keeps what it starts in `processes`, which ends it."""

    def __init__(self, plan, folder, programs, processes):
        self._plan = plan
        self._folder = folder
        self._programs = programs
        self._processes = processes
        self._load = Load(folder, programs, processes, plan.load_cpu)
        self._shared = {}
        self._outcome = Outcome()
        certificates.issue(folder, programs.path("openssl"))
        self._application = self._started_application()
        self._site = Site(folder, self._application, programs, plan.sallyport, free_port)

    def run(self):
        for measure in self._plan.measures:
            rounds = self._rounds_of(measure)
            for number, (title, unit) in enumerate(measure.rows):
                values = {name: [value[number] for value in rounds[name]] for name in rounds}
                self._outcome.figures.append(Figures(title, unit, values))
        return self._outcome

    def _rounds_of(self, measure):
        kinds = [kind for kind in self._plan.kinds if measure.mode in kind.modes]
        taken = {kind.name: [] for kind in kinds}
        if not measure.fresh:
            for kind in kinds:
                # Only code that is compiled while it runs gets faster by running.
                self._take(measure, kind, self._plan.warm_up if kind.name == OURS else 1, warm=True)
        for number in range(self._plan.rounds):
            for kind in kinds:
                _say(f"{measure.name}, round {number + 1} of {self._plan.rounds}: {kind.name}")
                taken[kind.name].append(self._take(measure, kind, self._plan.seconds))
        return taken

    def _take(self, measure, kind, seconds, warm=False):
        proxy = self._fresh(measure, kind) if measure.fresh else self._one(measure, kind)

        def errors(name, count):
            if count and not warm:
                self._outcome.errors.append(f"{measure.name}, {name}: {count} not answered")

        terms = Terms(
            self._load, seconds, self._application, self._plan.rate, self._plan.idle, errors
        )
        try:
            return measure.take(proxy.running, terms)
        except OSError as e:
            raise Failed(f"{measure.name}, {kind.name}: {e}") from None
        finally:
            if measure.fresh:
                self._processes.end(proxy.process)

    def _one(self, measure, kind):
        key = (kind.name, measure.mode)
        if key not in self._shared:
            self._shared[key] = self._fresh(measure, kind)
        return self._shared[key]

    def _fresh(self, measure, kind):
        port = free_port()
        line = kind.line(self._site, measure.mode, port)
        process = self._serving(kind.name, line, self._plan.proxy_cpu, port)
        return Proxy(process, Running(kind.name, process.pid, port))

    def _started_application(self):
        port = free_port()
        line = application.configure(self._folder, self._programs.path("nginx"), port)
        self._serving("the application", line, self._plan.load_cpu, port)
        return port

    def _serving(self, name, line, cpu, port):
        log = f"{self._folder}/{name.replace(' ', '-')}-{port}.log"
        process = self._processes.start(line, cpu, log)
        deadline = time.monotonic() + _START_SECONDS
        while not _accepts(port):
            if process.poll() is not None or time.monotonic() > deadline:
                with open(log, errors="replace") as file:
                    said = file.read().strip()
                raise Failed(f"{name}: does not start: {said[-1000:]}")
            time.sleep(0.02)
        return process


@dataclass(frozen=True)
class Proxy:
    process: object
    running: Running


def _accepts(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def _say(text):
    print(text, file=sys.stderr, flush=True)
