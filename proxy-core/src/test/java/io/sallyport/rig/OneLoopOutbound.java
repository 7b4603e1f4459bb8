package io.sallyport.rig;

import java.io.IOException;

/** An outbound listener of HTTP, named out, on one event loop, which has one pool. */
public final class OneLoopOutbound {

  private OneLoopOutbound() {}

  /**
   * @param more settings of the listener
   */
  public static String configuration(String more, String... endpoints) {
    return """
        workers = 1
        reload.interval = off
        outbound.out {
          listen = "127.0.0.1:0", connect = [ "%s" ], identity = client, protocol = http
          %s
        }
        """
        .formatted(String.join("\", \"", endpoints), more);
  }

  public static HttpPeer application(RunningProxy proxy) throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }
}
