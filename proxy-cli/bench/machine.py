"""On what it was measured."""

import os
import platform
import re
import time


def described():
    return {
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "kernel": f"{platform.system()} {platform.release()}",
    }


def _cpu():
    with open("/proc/cpuinfo") as file:
        # Arm tells no name there.
        name = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    return name.group(1).strip() if name else platform.machine()
