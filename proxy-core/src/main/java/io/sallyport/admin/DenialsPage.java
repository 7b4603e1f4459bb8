package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sallyport.policy.NearestRule;
import io.sallyport.telemetry.RecentDenial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who was refused last, why, and what rule was nearest, as JSON. */
final class DenialsPage {

  private DenialsPage() {}

  static Reply of(List<RecentDenial> denials) {
    String json = new JsonObject().putObjects("denials", denials, DenialsPage::denial).end();
    return Reply.of(HttpResponseStatus.OK, Reply.JSON, json);
  }

  private static void denial(RecentDenial denial, JsonObject json) {
    json.put("listener", denial.listener())
        .put("peer", denial.peer())
        .put("remote", denial.remote())
        .put("reason", denial.reason().label())
        .put("count", denial.count())
        .put("first_at", denial.first())
        .put("last_at", denial.last());
    if (denial.requests().isEmpty()) {
      nearest(denial.nearest(), json);
    } else {
      json.putObjects("requests", denial.requests(), DenialsPage::request);
    }
  }

  private static void request(RecentDenial.Request request, JsonObject json) {
    json.put("method", request.method())
        .put("host", request.host())
        .put("path", request.path())
        .put("count", request.count())
        .put("last_at", request.last());
    nearest(request.nearest(), json);
  }

  private static void nearest(@Nullable NearestRule nearest, JsonObject json) {
    json.put("nearest_rule", nearest == null ? null : nearest.setting())
        .putStrings("failed_on", nearest == null ? List.of() : nearest.failedOn());
  }
}
