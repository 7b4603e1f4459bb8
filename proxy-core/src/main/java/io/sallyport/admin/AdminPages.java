package io.sallyport.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Which paths there are and what each says; no HTTP beyond method, path and status. */
final class AdminPages {

  private final Map<String, Page> pages;

  private AdminPages(Map<String, Page> pages) {
    this.pages = Map.copyOf(pages);
  }

  private record Page(HttpMethod method, Supplier<Reply> reply) {}

  /** For the kubelet and Prometheus, from anywhere: nothing that acts, nothing that tells names. */
  static AdminPages probes(ProxyView view, MetricsPage metrics) {
    return new AdminPages(probePages(view, metrics));
  }

  static AdminPages everything(ProxyView view, MetricsPage metrics) {
    Map<String, Page> pages = probePages(view, metrics);
    pages.put("/status", new Page(HttpMethod.GET, () -> status(view.status())));
    pages.put("/drain", new Page(HttpMethod.POST, () -> drain(view)));
    return new AdminPages(pages);
  }

  private static Map<String, Page> probePages(ProxyView view, MetricsPage metrics) {
    Map<String, Page> pages = new HashMap<>();
    // That an answer comes at all is what these two ask for: the admin server is bound last.
    pages.put("/startupz", new Page(HttpMethod.GET, () -> ok("started")));
    pages.put("/livez", new Page(HttpMethod.GET, () -> ok("live")));
    pages.put("/readyz", new Page(HttpMethod.GET, () -> readiness(view.readiness())));
    pages.put(
        "/metrics",
        new Page(
            HttpMethod.GET,
            () -> Reply.of(HttpResponseStatus.OK, metrics.contentType(), metrics.text().get())));
    return pages;
  }

  /**
   * The page, or 404, or 405 with the method it takes. HEAD is answered as GET.
   *
   * @param path without the query
   */
  Reply answer(HttpMethod method, String path) {
    Page page = pages.get(path);
    if (page == null) {
      return Reply.text(HttpResponseStatus.NOT_FOUND, "no such page");
    }
    HttpMethod asked = method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method;
    return asked.equals(page.method) ? page.reply.get() : Reply.methodNotAllowed(page.method);
  }

  private static Reply ok(String text) {
    return Reply.text(HttpResponseStatus.OK, text);
  }

  private static Reply readiness(ProxyView.Readiness readiness) {
    StringBuilder body = new StringBuilder(readiness.state().label());
    for (String detail : readiness.details()) {
      // A line break in a detail would make two of it, and the second could say "ready".
      body.append('\n').append(detail.replaceAll("\\p{Cntrl}", " "));
    }
    return Reply.text(
        readiness.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
        body.toString());
  }

  private static Reply drain(ProxyView view) {
    view.drain();
    return Reply.text(HttpResponseStatus.ACCEPTED, ProxyView.State.DRAINING.label());
  }

  private static Reply status(ProxyView.Status status) {
    String json =
        new JsonObject()
            .put("version", status.version())
            .put("started_at", status.startedAt())
            .put("state", status.state().label())
            .putObjects("listeners", status.listeners(), AdminPages::listener)
            .putObjects("identities", status.identities(), AdminPages::identity)
            .end();
    return Reply.of(HttpResponseStatus.OK, "application/json", json);
  }

  private static void listener(ProxyView.ListenerStatus listener, JsonObject json) {
    json.put("name", listener.name())
        .put("direction", listener.direction())
        .put("address", listener.address())
        .putStrings("target", listener.target())
        .put("identity", listener.identity())
        .put("connections_active", listener.connectionsActive())
        .put("connections_total", listener.connectionsTotal());
  }

  private static void identity(ProxyView.IdentityStatus identity, JsonObject json) {
    json.put("name", identity.name())
        .put("subject", identity.subject())
        .putStrings("names", identity.names())
        .put("issuer", identity.issuer())
        .put("not_before", identity.notBefore())
        .put("not_after", identity.notAfter())
        .put("serial", identity.serial())
        .put("sha256", identity.sha256())
        .put("generation", identity.generation())
        .putStrings("trust", identity.trust());
  }
}
