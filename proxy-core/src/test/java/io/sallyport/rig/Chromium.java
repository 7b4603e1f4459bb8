package io.sallyport.rig;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigUtil;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/** A headless browser with one page, driven by the DevTools protocol; it resolves no names. */
public final class Chromium implements AutoCloseable {

  private static final String ANNOUNCED = "DevTools listening on ws://";
  private static final Duration LONGEST = Duration.ofSeconds(30);

  private final Program program;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, CompletableFuture<Config>> asked = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final WebSocket devTools;

  /**
   * Skips the test by name where there is no such program, or it does not start.
   *
   * @param folder for the browser's own files
   */
  public Chromium(Path folder) throws Exception {
    program =
        Program.start(
            List.of(
                Program.installed("chromium"),
                "--headless=new",
                "--no-sandbox", // root, in a container, looking at a page of ours
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank"));
    try {
      String url = program.awaitLine(line -> line.startsWith(ANNOUNCED));
      devTools = connect(page(url.substring(ANNOUNCED.length(), url.indexOf("/devtools"))));
    } catch (IllegalStateException e) {
      program.close();
      throw new TestAbortedException("chromium does not start here", e);
    }
  }

  private URI page(String address) throws Exception {
    HttpResponse<String> list =
        http.send(
            HttpRequest.newBuilder(URI.create("http://" + address + "/json/list")).build(),
            HttpResponse.BodyHandlers.ofString());
    return parsed("{\"all\":" + list.body() + "}").getConfigList("all").stream()
        .filter(target -> target.getString("type").equals("page"))
        .map(target -> URI.create(target.getString("webSocketDebuggerUrl")))
        .findFirst()
        .orElseThrow();
  }

  private WebSocket connect(URI page) throws Exception {
    return http.newWebSocketBuilder()
        .buildAsync(page, new Answers())
        .get(LONGEST.toSeconds(), TimeUnit.SECONDS);
  }

  private static Config parsed(String json) {
    return ConfigFactory.parseString(
        json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  private final class Answers implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        Config answer = parsed(text.toString());
        text.setLength(0);
        CompletableFuture<Config> waiting =
            answer.hasPath("id") ? asked.remove(answer.getInt("id")) : null;
        if (waiting != null) {
          waiting.complete(answer);
        }
      }
      socket.request(1);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      asked.values().forEach(waiting -> waiting.completeExceptionally(error));
    }
  }

  /** Does one thing of the protocol. */
  public Config call(String method, String parameters) throws Exception {
    int id = ids.incrementAndGet();
    CompletableFuture<Config> answer = new CompletableFuture<>();
    asked.put(id, answer);
    devTools
        .sendText(
            "{\"id\":%d,\"method\":\"%s\",\"params\":%s}".formatted(id, method, parameters), true)
        .get(LONGEST.toSeconds(), TimeUnit.SECONDS);
    Config given = answer.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
    if (given.hasPath("error")) {
      throw new IOException(method + ": " + given.getConfig("error"));
    }
    return given.getConfig("result");
  }

  public void open(String url) throws Exception {
    call("Page.navigate", "{\"url\":\"%s\"}".formatted(url));
  }

  /** What an expression of the page's is, as text; empty where it is null or fails. */
  public String text(String expression) {
    try {
      Config result =
          call(
                  "Runtime.evaluate",
                  "{\"expression\":%s,\"awaitPromise\":true}"
                      .formatted(ConfigUtil.quoteString("String(" + expression + ")")))
              .getConfig("result");
      return result.getString("type").equals("string") ? result.getString("value") : "";
    } catch (Exception e) {
      throw new IllegalStateException(expression, e);
    }
  }

  /** Keeps what is seen, as PNG. */
  public void screenshot(Path file) throws Exception {
    String data = call("Page.captureScreenshot", "{}").getString("data");
    Files.write(file, Base64.getDecoder().decode(data));
  }

  @Override
  public void close() {
    devTools.abort();
    program.close();
  }
}
