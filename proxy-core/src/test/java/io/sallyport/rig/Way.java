package io.sallyport.rig;

import io.sallyport.rig.Application.Script;
import java.io.IOException;
import java.net.Socket;

/**
 * A listener {@code web} in one direction with a client before it and a server behind it, so that
 * one test can ask the same of both. TLS is on the client's hop inbound, on the server's outbound.
 */
public enum Way {
  INBOUND,
  OUTBOUND;

  /** What the proxy connects to: the application inbound, a peer outbound. */
  public Application server(Pki pki, Script script) {
    return this == INBOUND
        ? Application.serving(script)
        : Application.servingTls(pki.context(pki.server()), "TLSv1.3", script);
  }

  /** One that sends back what comes. */
  public Application echo(Pki pki) {
    return server(
        pki,
        socket -> {
          socket.getInputStream().transferTo(socket.getOutputStream());
          socket.shutdownOutput();
        });
  }

  /**
   * @param around more settings beside the listener
   * @param within more settings of the listener
   */
  public RunningProxy proxy(Pki pki, Application server, String around, String within) {
    String whither =
        this == INBOUND
            ? "inbound.web { forward = \"%s\", allow = [ { uri = \"spiffe://test/*\" } ]"
            : "outbound.web { connect = \"%s\", identity = client";
    return RunningProxy.with(
        pki,
        """
        %s
        %s
          listen = "127.0.0.1:0"
          %s
        }
        """
            .formatted(around, whither.formatted(server.address()), within));
  }

  /** Connected, but TLS has not shaken hands yet; gives up a read after twenty seconds. */
  public Socket client(Pki pki, RunningProxy proxy) throws IOException {
    return this == INBOUND
        ? pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")
        : proxy.connect("web");
  }
}
