package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;

/** What came of a reload, or would come of one. */
final class ReloadPage {

  private ReloadPage() {}

  static Reply of(ProxyView.Reloaded done, boolean dryRun, boolean json) {
    boolean whole = done.problems().isEmpty();
    String outcome = dryRun ? "would reload" : whole ? "reloaded" : "reloaded what can serve";
    HttpResponseStatus status =
        whole ? HttpResponseStatus.OK : HttpResponseStatus.UNPROCESSABLE_ENTITY;
    return json
        ? Reply.of(status, Reply.JSON, json(done, outcome))
        : Reply.text(status, text(done, outcome));
  }

  private static String json(ProxyView.Reloaded done, String outcome) {
    return new JsonObject()
        .put("outcome", outcome)
        .put("listeners_changed", done.listeners())
        .put("connections_closed", done.connections())
        .putStrings("problems", done.problems())
        .end();
  }

  private static String text(ProxyView.Reloaded done, String outcome) {
    StringBuilder text = new StringBuilder();
    done.problems().forEach(problem -> text.append(problem).append('\n'));
    return text.append(outcome)
        .append(": listeners changed ")
        .append(done.listeners())
        .append(", connections closed ")
        .append(done.connections())
        .toString();
  }
}
