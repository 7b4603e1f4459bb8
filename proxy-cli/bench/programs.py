"""The programs that are used, where they are, and in which of Debian's packages."""

import os
import re
import shutil
import subprocess

from failure import WrongUse

# Those of administrators are on no other user's PATH.
_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"

_PACKAGES = {
    "haproxy": "haproxy",
    "nginx": "nginx-light",
    "nginx stream module": "libnginx-mod-stream",
    "hitch": "hitch",
    "stunnel": "stunnel4",
    "wrk": "wrk",
    "h2load": "nghttp2-client",
    "openssl": "openssl",
}
_VERSIONS = {
    "haproxy": ("-v",),
    "nginx": ("-v",),
    "hitch": ("--version",),
    "stunnel": ("-version",),
    "wrk": ("-v",),
    "h2load": ("--version",),
    "openssl": ("version",),
}
_STREAM_MODULES = ("/usr/lib/nginx/modules", "/usr/share/nginx/modules", "/usr/lib64/nginx/modules")


class Programs:
    """What is installed here."""

    def __init__(self):
        self._found = {name: shutil.which(name, path=_PATH) for name in _VERSIONS}

    def has(self, name):
        return bool(self._found[name])

    def path(self, name):
        if not self.has(name):
            raise WrongUse(f"{name}: not installed; {remedy([name])}")
        return self._found[name]

    def stream_module(self):
        """What loads nginx's module for streams: a line, or none where it is built in."""
        for folder in _STREAM_MODULES:
            module = f"{folder}/ngx_stream_module.so"
            if os.path.exists(module):
                return f"load_module {module};"
        return "" if re.search(r"--with-stream(\s|$)", _said(self.path("nginx"), "-V")) else None

    def missing(self):
        """Each that a whole run would use and that is absent."""
        missing = [name for name in _VERSIONS if not self.has(name)]
        if self.has("nginx") and self.stream_module() is None:
            missing.append("nginx stream module")
        return missing

    def version(self, name):
        """The number, as the program tells it."""
        number = re.search(r"\d+(\.\d+)+\S*", _said(self.path(name), *_VERSIONS[name]))
        return f"{name} {number.group() if number else 'of an unknown version'}"


def remedy(missing):
    return "apt-get install " + " ".join(sorted(_PACKAGES[name] for name in missing))


def sallyport(folder):
    """The command of a built distribution."""
    command = os.path.join(folder, "bin", "sallyport")
    if not os.access(command, os.X_OK):
        raise WrongUse(
            f"--sallyport: no bin/sallyport in {folder}; "
            "build it with mvn -B -q package -DskipTests, or name the folder of another"
        )
    return os.path.abspath(command)


def sallyport_version(command):
    """As the command tells it, with its Java, Netty and TLS."""
    done = subprocess.run([command, "version"], capture_output=True, text=True)
    if done.returncode != 0:
        raise WrongUse(f"--sallyport: {command} does not run: {done.stderr.strip()}")
    return ", ".join(re.sub(r"\s+", " ", line) for line in done.stdout.splitlines())


def _said(*line):
    done = subprocess.run(line, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr
