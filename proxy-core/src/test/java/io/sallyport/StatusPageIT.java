package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Application;
import io.sallyport.rig.Chromium;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page for browsers, as a browser shows it. */
final class StatusPageIT {

  /** What comes of it is kept beside the build's other products. */
  private static final Path SCREENSHOTS = Path.of("target", "status-page");

  private final Path folder;
  private final Pki pki;

  StatusPageIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    pki = new Pki(folder);
  }

  private RunningProxy proxy(Application application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/client" } ]
        }
        outbound.ledger {
          listen = "127.0.0.1:0", connect = "127.0.0.1:1", identity = client
        }
        """
            .formatted(application.address()));
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private static boolean passing(Chromium browser, Socket peer) {
    try {
      exchange(peer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return !browser.text(of("web", "to-peer")).equals("0 B/s");
  }

  private static String of(String listener, String fact) {
    return "document.querySelector('[data-listener=%s] .%s')?.textContent"
        .formatted(listener, fact);
  }

  private static void shows(Chromium browser, String expression, String text) {
    Eventually.holds(expression + " is " + text, () -> browser.text(expression).equals(text));
  }

  private static String textOf(Chromium browser, String id) {
    return browser.text("document.getElementById('" + id + "').textContent");
  }

  @Test
  void itsNumbersMoveWithTheTraffic() throws Exception {
    try (Chromium browser = new Chromium(folder.resolve("browser"));
        Application application = Application.echo();
        RunningProxy proxy = proxy(application)) {
      browser.open("http://127.0.0.1:%d/".formatted(proxy.port("admin")));
      shows(browser, of("web", "open"), "0 of 10000");
      shows(browser, "document.getElementById('state').textContent", "ready");
      shows(browser, "document.getElementById('peers').textContent", "nobody");
      shows(browser, "document.getElementById('denials').textContent", "nobody was refused");
      assertThat(textOf(browser, "identities")).contains("spiffe://test/server", "CN=test CA");

      try (SSLSocket peer = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
          SSLSocket refused = pki.connect(pki.server(), proxy.port("web"), "TLSv1.3")) {
        exchange(peer);
        refused.startHandshake(); // done for the client, before it is told that it may not be here

        shows(browser, of("web", "open"), "1 of 10000");
        shows(browser, of("web", "refused"), "1");
        Eventually.holds(
            "the peer is named", () -> textOf(browser, "peers").contains("spiffe://test/client"));
        Eventually.holds(
            "who was refused is named",
            () -> textOf(browser, "denials").contains("spiffe://test/server"));
        Eventually.holds("bytes are seen to pass", () -> passing(browser, peer));
        assertThat(
                browser.text(
                    "document.querySelector('[data-listener=web] polyline').points.length"))
            .isNotEqualTo("0");
        Files.createDirectories(SCREENSHOTS);
        browser.screenshot(SCREENSHOTS.resolve("light.png"));
        browser.call(
            "Emulation.setEmulatedMedia",
            "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"dark\"}]}");
        browser.call(
            "Emulation.setDeviceMetricsOverride",
            "{\"width\":390,\"height\":844,\"deviceScaleFactor\":2,\"mobile\":true}");
        assertThat(browser.text("document.documentElement.scrollWidth <= 390"))
            .as("nothing is wider than a phone")
            .isEqualTo("true");
        browser.screenshot(SCREENSHOTS.resolve("phone-dark.png"));
      }
      shows(browser, of("web", "open"), "0 of 10000");
    }
  }

  @Test
  void itReloadsAndDrainsAndTellsWhenNobodyAnswers() throws Exception {
    try (Chromium browser = new Chromium(folder.resolve("browser"));
        Application application = Application.echo()) {
      try (RunningProxy proxy = proxy(application)) {
        browser.open("http://127.0.0.1:%d/".formatted(proxy.port("admin")));
        shows(browser, "document.getElementById('actions').hidden", "false");

        browser.text("document.querySelector('[data-post=\"/reload\"]').click()");
        Eventually.holds("reloaded", () -> textOf(browser, "answer").startsWith("reloaded: "));

        browser.text("window.confirm = () => true");
        browser.text("document.querySelector('[data-post=\"/drain\"]').click()");
        shows(browser, "document.getElementById('state').textContent", "draining");
        assertThat(proxy.get("/readyz").statusCode()).isEqualTo(503);
      }
      Eventually.holds(
          "that nobody answers", () -> textOf(browser, "state").startsWith("no answer for "));
    }
  }
}
