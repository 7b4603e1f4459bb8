package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpApplication.Request;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener is set to tell of a request, as its application learns it. */
final class HttpFieldsIT {

  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

  private static Pki pki;

  /** Whose certificate does not come alone. */
  private static TestIdentity far;

  @BeforeAll
  static void issue(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    far =
        pki.write(
            "far",
            pki.ca()
                .intermediate()
                .issue(leaf -> leaf.cn("far").dns("far.test").uri("spiffe://test/far")));
  }

  private static RunningProxy proxy(String application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
          %s
        }
        """
            .formatted(application, more));
  }

  /** What an answer in either version says in Via. */
  private static List<String> ask(RunningProxy proxy, String version, String... namesAndValues)
      throws IOException {
    if (version.equals("HTTP/2")) {
      try (Http2Peer peer = Http2Peer.open(pki, far, proxy.port("web"))) {
        return peer.get("/", namesAndValues).values("via");
      }
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      lines.add(namesAndValues[i] + ": " + namesAndValues[i + 1] + "\r\n");
    }
    try (HttpPeer peer = HttpPeer.over(pki.connect(far, proxy.port("web"), "TLSv1.3"))) {
      return peer.get("/", lines.toArray(String[]::new)).values("via");
    }
  }

  private static String inBase64(X509Certificate certificate) throws CertificateEncodingException {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2"})
  void allThatIsSetToBeToldIsTold(String version) throws Exception {
    String all =
        """
        peer-header = [ xfcc, client-cert, spiffe-id ]
        http {
          xfcc-cert = true, xfcc-chain = true, forwarded = true, via = true, trace = true
          trusted-hops = [ "10.0.0.0/8", "127.0.0.0/8" ]
        }
        """;
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application.address(), all)) {
      List<String> via =
          ask(
              proxy,
              version,
              "x-forwarded-for",
              "203.0.113.9",
              "x_forwarded_for",
              "forged",
              "x-forwarded-port",
              "forged",
              "forwarded",
              "for=forged",
              "client-cert",
              "forged",
              "client-cert-chain",
              "forged",
              "via",
              "1.1 before");

      assertThat(via).containsExactly("1.1 sallyport");
      Request request = application.next();
      assertThat(request.values("x-forwarded-client-cert"))
          .singleElement()
          .asString()
          .contains(
              "By=spiffe://test/server;Hash=",
              ";Cert=\"-----BEGIN%20CERTIFICATE-----",
              ";Chain=\"-----BEGIN%20CERTIFICATE-----",
              ";Subject=\"CN=far\";URI=spiffe://test/far;DNS=far.test");
      assertThat(request.values("client-cert")).containsExactly(inBase64(far.chain().get(0)));
      assertThat(request.values("client-cert-chain")).containsExactly(inBase64(far.chain().get(1)));
      assertThat(request.values("x-peer-spiffe-id")).containsExactly("spiffe://test/far");
      assertThat(request.values("x-forwarded-for")).containsExactly("203.0.113.9, 127.0.0.1");
      assertThat(request.values("x-forwarded-port")).containsExactly("" + proxy.port("web"));
      assertThat(request.values("forwarded"))
          .containsExactly("for=127.0.0.1;proto=https;host=\"localhost\"");
      assertThat(request.values("via"))
          .containsExactly(
              "1.1 before", version.equals("HTTP/2") ? "2.0 sallyport" : "1.1 sallyport");
      assertThat(request.values("traceparent"))
          .singleElement()
          .asString()
          .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
      assertThat(request.values("x-request-id")).singleElement().asString().matches("[0-9a-f]{32}");
      assertThat(request.head()).doesNotContain("forged");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2"})
  void nothingIsToldThatIsNotSetAndNoOtherHopIsBelieved(String version) throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy =
            proxy(application.address(), "http.trusted-hops = [ \"10.0.0.0/8\" ]")) {
      assertThat(ask(proxy, version, "x-forwarded-for", "203.0.113.9", "forwarded", "for=forged"))
          .isEmpty();

      Request request = application.next();
      assertThat(request.values("x-forwarded-for")).containsExactly("127.0.0.1");
      assertThat(request.head())
          .doesNotContain("forged")
          .doesNotContainIgnoringCase("\r\nforwarded:")
          .doesNotContainIgnoringCase("\r\nvia:")
          .doesNotContainIgnoringCase("\r\ntraceparent:")
          .doesNotContainIgnoringCase("client-cert")
          .doesNotContainIgnoringCase("spiffe");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1", "HTTP/2"})
  void whatNamesARequestAndItsTraceIsCarriedOn(String version) throws Exception {
    try (HttpApplication application = HttpApplication.start();
        RunningProxy proxy = proxy(application.address(), "http.trace = true")) {
      ask(
          proxy,
          version,
          "traceparent",
          TRACE,
          "tracestate",
          "a=1",
          "tracestate",
          "b=2",
          "x-request-id",
          "mine");

      Request request = application.next();
      assertThat(request.values("traceparent")).containsExactly(TRACE);
      assertThat(request.values("tracestate")).containsExactly("a=1", "b=2");
      assertThat(request.values("x-request-id")).containsExactly("mine");
    }
  }

  /** RFC 9110 §7.6.3: the version of the message that came, not of that which goes on. */
  @Test
  void viaNamesTheVersionInWhichAMessageCame() throws Exception {
    try (HttpApplication old =
            HttpApplication.answering(
                (request, out) ->
                    HttpApplication.write(out, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
        H2cApplication http2 = H2cApplication.start()) {
      try (RunningProxy proxy = proxy(old.address(), "http.via = true");
          HttpPeer peer = HttpPeer.over(pki.connect(far, proxy.port("web"), "TLSv1.3"))) {
        assertThat(peer.ask("GET / HTTP/1.0\r\nHost: a\r\n\r\n").values("via"))
            .containsExactly("1.0 sallyport");
        assertThat(old.next().values("via")).containsExactly("1.0 sallyport");
        assertThat(ask(proxy, "HTTP/2")).containsExactly("1.0 sallyport");
      }
      try (RunningProxy proxy = proxy(http2.address(), "app-protocol = h2c, http.via = true")) {
        assertThat(ask(proxy, "HTTP/1.1")).containsExactly("2.0 sallyport");
        assertThat(http2.next().values("via")).containsExactly("1.1 sallyport");
        assertThat(ask(proxy, "HTTP/2")).containsExactly("2.0 sallyport");
      }
    }
  }
}
