"""The application behind all proxies: an nginx that serves two files and takes a body."""

import os

SMALL_BYTES = 128
LARGE_BYTES = 1 << 20
CONNECTIONS = 9000


def temporary(folder, name):
    """Where an nginx keeps what does not fit its buffers, so that it needs no folder of root's."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return " ".join(f"{kind}_temp_path {folder}/{name}_{kind};" for kind in kinds)


def nginx_head(folder, name):
    """What every nginx here begins with: one worker, in the foreground, as who starts it."""
    user = "user root;" if os.geteuid() == 0 else ""
    return f"""{user} worker_processes 1; daemon off;
error_log {folder}/{name}.err; pid {folder}/{name}.pid;
events {{ worker_connections {CONNECTIONS}; }}
"""


def configure(folder, nginx, port):
    """The command line that serves /small, /large and /upload, which reads what is sent."""
    os.mkdir(f"{folder}/www")
    for name, size in (("small", SMALL_BYTES), ("large", LARGE_BYTES)):
        with open(f"{folder}/www/{name}", "wb") as file:
            file.write(os.urandom(size))
    with open(f"{folder}/application.conf", "w") as file:
        file.write(
            nginx_head(folder, "application")
            + f"""http {{
  access_log off; sendfile on; tcp_nodelay on; open_file_cache max=100;
  keepalive_requests 1000000000; keepalive_timeout 1h; client_max_body_size 0;
  {temporary(folder, "application")}
  upstream itself {{ server 127.0.0.1:{port}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {folder}/www;
    # An answer that does not wait for the body would come while it is still being sent.
    location /upload {{
      client_body_buffer_size 2m; proxy_pass http://itself/small; proxy_method GET;
      proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length "";
    }}
  }}
}}
"""
        )
    return [nginx, "-e", f"{folder}/application.err", "-c", f"{folder}/application.conf"]
