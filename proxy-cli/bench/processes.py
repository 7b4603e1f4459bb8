"""Processes that the benchmark starts, what they use, and how they end."""

import os
import re
import signal
import subprocess

from failure import Failed

_TICKS = os.sysconf("SC_CLK_TCK")
_END_SECONDS = 10
INTERRUPTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def family(pid):
    """The process and its children, and theirs."""
    members = [pid]
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except FileNotFoundError:
        return members
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                for child in file.read().split():
                    members += family(int(child))
        except OSError:
            pass  # the thread has ended since
    return members


def cpu_seconds(pid):
    """User and system time of the family, of children that have ended too."""
    ticks = 0
    for member in family(pid):
        try:
            with open(f"/proc/{member}/stat") as file:
                # The name, in brackets, may have spaces in it.
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        # utime, stime, cutime and cstime of proc(5), which counts from 1 and has two fields before.
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS


def memory_kib(pid):
    """Resident memory of the family; what several share is counted once, by proportional shares."""
    total = 0
    for member in family(pid):
        try:
            with open(f"/proc/{member}/smaps_rollup") as file:
                total += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.MULTILINE).group(1))
        except (OSError, AttributeError):
            raise Failed(
                f"/proc/{member}/smaps_rollup: tells nothing; run as root, or leave out memory"
            ) from None
    return total


class Processes:
    """All that are started; whoever leaves the with-block leaves none of them behind."""

    def __init__(self):
        self._running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Another one would leave half of them.
        for name in INTERRUPTS:
            signal.signal(name, signal.SIG_IGN)
        for process in self._running:
            process.terminate()
        while self._running:
            self.end(self._running[-1])

    def start(self, line, cpu, log):
        """Starts it on one CPU; what it says goes to the file."""
        with open(log, "wb") as out:
            return self._started(line, cpu, stdout=out, stderr=subprocess.STDOUT)

    def run(self, *lines, cpu, most_seconds):
        """Runs them side by side to their ends and gives what each has said."""
        begun = [
            self._started(line, cpu, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for line in lines
        ]
        try:
            said = [process.communicate(timeout=most_seconds)[0] for process in begun]
        except subprocess.TimeoutExpired:
            raise Failed(f"{lines[0][0]}: has not ended after {most_seconds} s") from None
        for process in begun:
            self._running.remove(process)
        return said

    def _started(self, line, cpu, **streams):
        def prepare():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
            os.sched_setaffinity(0, {cpu})

        # An interrupt between the two would lose sight of what was just started.
        signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)
        try:
            # A session of its own, lest Ctrl-C on the terminal end it while it is still measured.
            process = subprocess.Popen(
                line,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                preexec_fn=prepare,
                **streams,
            )
            self._running.append(process)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)
        return process

    def end(self, process):
        """Returns when it is gone, and what it has left behind too."""
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        try:
            # Children that it has left; the group has its id for as long as there are any.
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._running.remove(process)
