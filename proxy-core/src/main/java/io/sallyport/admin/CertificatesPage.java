package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.time.Instant;

/** Every certificate that is shown to peers or vouches for them, as JSON. */
final class CertificatesPage {

  private CertificatesPage() {}

  static Reply of(ProxyView view, Instant now) {
    ProxyView.ReloadStatus reload = view.reloadStatus();
    String json =
        new JsonObject()
            .put("reload_last_success_at", reload.lastSuccess())
            .putStrings("reload_problems", reload.problems())
            .putObjects(
                "identities", view.certificates(), (each, object) -> identity(each, now, object))
            .end();
    return Reply.of(HttpResponseStatus.OK, Reply.JSON, json);
  }

  private static void identity(
      ProxyView.IdentityCertificates identity, Instant now, JsonObject json) {
    json.put("name", identity.name())
        .put("source", identity.source())
        .put("generation", identity.generation())
        .putObjects("chain", identity.chain(), (each, object) -> certificate(each, now, object))
        .putObjects("trust", identity.trust(), (each, object) -> certificate(each, now, object));
  }

  private static void certificate(
      ProxyView.CertificateStatus certificate, Instant now, JsonObject json) {
    fields(certificate, json)
        .put("days_left", Duration.between(now, certificate.notAfter()).toDays());
  }

  /** As /status has them too. */
  static JsonObject fields(ProxyView.CertificateStatus certificate, JsonObject json) {
    return json.put("subject", certificate.subject())
        .putStrings("names", certificate.names())
        .put("issuer", certificate.issuer())
        .put("not_before", certificate.notBefore())
        .put("not_after", certificate.notAfter())
        .put("serial", certificate.serial())
        .put("sha256", certificate.sha256());
  }
}
