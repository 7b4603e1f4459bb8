"""Sallyport and its peers, each made to do the same: end TLS on one core before one application.

All take TLS 1.2 and 1.3 with the same certificate, and go on for hours. As `tcp` they carry
bytes; as `mtls` they ask for a certificate of the client besides; as `http` they speak HTTP on both
sides, HTTP/2 too, keep connections to the application and tell it of the client.
"""

import os
from dataclasses import dataclass
from typing import Callable

from application import CONNECTIONS, nginx_head, temporary
from figures import OURS

TCP = "tcp"
MTLS = "mtls"
HTTP = "http"


@dataclass(frozen=True)
class Site:
    """What a configuration is made of."""

    folder: str
    application: int
    programs: object
    sallyport: str
    free_port: Callable


@dataclass(frozen=True)
class Kind:
    """One proxy: what it can do, and how its command line comes about."""

    name: str
    modes: tuple
    line: Callable


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


def _sallyport(site, mode, port):
    d = site.folder
    clients = (
        "client-auth = require, allow = any-trusted"
        if mode == MTLS
        else "client-auth = none, allow = anyone"
    )
    protocol = HTTP if mode == HTTP else TCP
    # The whole product: a listener each way and the admin server, whatever is measured.
    text = f"""sallyport {{
  workers = 1
  identities.default {{
    certificate = "{d}/server.crt", key = "{d}/server.key", trust = "{d}/ca.crt"
  }}
  inbound.web {{
    listen = "127.0.0.1:{port}", forward = "127.0.0.1:{site.application}", protocol = {protocol}
    {clients}
  }}
  outbound.other {{
    listen = "127.0.0.1:{site.free_port()}", connect = [ "localhost:{port}" ]
  }}
  admin.listen = "127.0.0.1:{site.free_port()}"
  drain {{ delay = 0s, deadline = 1s }}
}}
"""
    return [site.sallyport, "run", "-c", _write(f"{d}/sallyport{port}.conf", text)]


def _haproxy(site, mode, port):
    d = site.folder
    verify = f"ca-file {d}/ca.crt verify required" if mode == MTLS else ""
    carried = HTTP if mode == HTTP else TCP
    alpn = "alpn h2,http/1.1" if mode == HTTP else ""
    http = (
        """  option forwardfor
  http-request set-header X-Forwarded-Proto https
  http-reuse always
"""
        if mode == HTTP
        else ""
    )
    text = f"""global
  nbthread 1
  maxconn {CONNECTIONS // 3}
defaults
  mode {carried}
  timeout client 1h
  timeout server 1h
  timeout connect 5s
  timeout http-request 10s
listen web
  bind 127.0.0.1:{port} ssl crt {d}/server.pem ssl-min-ver TLSv1.2 {alpn} {verify} backlog 4096
{http}  server application 127.0.0.1:{site.application}
"""
    return [site.programs.path("haproxy"), "-db", "-f", _write(f"{d}/haproxy{port}.cfg", text)]


def _nginx(site, mode, port):
    d = site.folder
    name = f"nginx{port}"
    verify = f"ssl_verify_client on; ssl_client_certificate {d}/ca.crt;" if mode == MTLS else ""
    tls = (
        f"ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {d}/server.crt;"
        f" ssl_certificate_key {d}/server.key; {verify}"
    )
    if mode == HTTP:
        text = (
            nginx_head(d, name)
            + f"""http {{
  access_log off; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 1h;
  client_max_body_size 0; {temporary(d, name)}
  upstream application {{
    server 127.0.0.1:{site.application}; keepalive 128; keepalive_requests 1000000000;
  }}
  server {{
    listen 127.0.0.1:{port} ssl http2 backlog=4096; {tls}
    location / {{
      proxy_pass http://application; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_request_buffering off; proxy_buffering off;
    }}
  }}
}}
"""
        )
    else:
        text = (
            (site.programs.stream_module() or "")
            + nginx_head(d, name)
            + f"""stream {{
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096; {tls}
    tcp_nodelay on; proxy_timeout 1h; proxy_pass 127.0.0.1:{site.application};
  }}
}}
"""
        )
    line = [site.programs.path("nginx"), "-e", f"{d}/{name}.err"]
    return [*line, "-c", _write(f"{d}/{name}.conf", text)]


def _hitch(site, mode, port):
    d = site.folder
    verify = f'client-verify = required\nclient-verify-ca = "{d}/ca.crt"' if mode == MTLS else ""
    # It refuses to serve as root; this is the user that Debian's package makes.
    user = 'user = "_hitch"' if os.geteuid() == 0 else ""
    text = f"""frontend = {{ host = "127.0.0.1" port = "{port}" }}
backend = "[127.0.0.1]:{site.application}"
workers = 1
backlog = 4096
pem-file = "{d}/server.pem"
tls-protos = TLSv1.2 TLSv1.3
daemon = off
{user}
{verify}
"""
    return [site.programs.path("hitch"), f"--config={_write(f'{d}/hitch{port}.conf', text)}"]


def _stunnel(site, mode, port):
    d = site.folder
    verify = f"CAfile = {d}/ca.crt\nverifyChain = yes\nrequireCert = yes" if mode == MTLS else ""
    text = f"""foreground = yes
pid =
debug = 3
[web]
accept = 127.0.0.1:{port}
connect = 127.0.0.1:{site.application}
cert = {d}/server.crt
key = {d}/server.key
sslVersionMin = TLSv1.2
{verify}
"""
    return [site.programs.path("stunnel"), _write(f"{d}/stunnel{port}.conf", text)]


KINDS = (
    Kind(OURS, (TCP, MTLS, HTTP), _sallyport),
    Kind("haproxy", (TCP, MTLS, HTTP), _haproxy),
    Kind("nginx", (TCP, MTLS, HTTP), _nginx),
    Kind("hitch", (TCP, MTLS), _hitch),
    Kind("stunnel", (TCP, MTLS), _stunnel),
)
