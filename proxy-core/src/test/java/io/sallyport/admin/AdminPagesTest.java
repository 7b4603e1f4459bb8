package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.sallyport.admin.ProxyView.Reloaded;
import io.sallyport.admin.ProxyView.State;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

class AdminPagesTest {

  private final StagedProxy proxy = new StagedProxy();
  private final AdminPages everything =
      AdminPages.everything(proxy, StagedProxy.METRICS, proxy.log, true);
  private final AdminPages probes = AdminPages.probes(proxy, StagedProxy.METRICS, Map.of());

  @ParameterizedTest
  @EnumSource(State.class)
  void startupAndLivenessAskForAnAnswerAlone(State state) {
    proxy.state = state;

    assertAnswer(probes, "/startupz", 200, "started\n");
    assertAnswer(probes, "/livez", 200, "live\n");
  }

  @ParameterizedTest
  @EnumSource(value = State.class, mode = EnumSource.Mode.EXCLUDE, names = "READY")
  void readinessIs503InEveryOtherState(State state) {
    proxy.state = state;

    assertAnswer(probes, "/readyz", 503, state.label() + "\n");
  }

  @Test
  void detailsNeverTurnReadiness() {
    proxy.details = List.of("the application does not answer", "the last reload failed");

    assertAnswer(
        probes, "/readyz", 200, "ready\nthe application does not answer\nthe last reload failed\n");
  }

  @Test
  void aDetailIsOneLine() {
    proxy.details = List.of("reload failed: a\r\nready\u001b[2J");

    assertAnswer(probes, "/readyz", 200, "ready\nreload failed: a  ready [2J\n");
  }

  @Test
  void metricsSayTheirFormat() {
    Reply reply = answer(probes, HttpMethod.GET, "/metrics");

    assertThat(reply.body()).isEqualTo("sallyport_connections_active 3\n");
    assertThat(reply.contentType()).isEqualTo("text/plain; version=0.0.4; charset=utf-8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/status", "/denials", "/connections", "/config"})
  void comesInTwoFormsAndNoOther(String page) {
    assertThat(answer(everything, HttpMethod.GET, page + "?format=json").contentType())
        .isEqualTo("application/json");
    assertThat(answer(everything, HttpMethod.GET, page + "?format=text").contentType())
        .isEqualTo("text/plain; charset=utf-8");
    assertAnswer(everything, page + "?format=xml", 400, "format is one of json, text\n");
    assertThat(answer(everything, HttpMethod.GET, page + "?form=text").body())
        .startsWith("the query may have format");
  }

  @Test
  void eachSettingHasTheFileAndTheLineThatItComesFrom() {
    assertAnswer(
        everything,
        "/config",
        200,
        """
        {"settings":[\
        {"path":"inbound.web.allow","value":"[{\\"dns\\":\\"*.test\\"}]","from":"proxy.conf:7"},\
        {"path":"drain.delay","value":"5s","from":"default"},\
        {"path":"workers","value":"2","from":""}]}
        """);
    assertAnswer(
        everything,
        "/config?format=text",
        200,
        """
        inbound.web.allow = [{"dns":"*.test"}] (proxy.conf:7)
        drain.delay = 5s (default)
        workers = 2 (environment)
        """);
  }

  @Test
  void certificatesHaveTheDaysThatTheyHaveLeft() {
    String body = answer(everything, HttpMethod.GET, "/certs").body();

    assertThat(body)
        .startsWith(
            "{\"reload_last_success_at\":\"2026-01-02T04:05:06Z\","
                + "\"reload_problems\":[\"identities.default.key: is empty\"],"
                + "\"identities\":[{\"name\":\"default\",\"source\":\"tls.crt\",\"generation\":1,"
                + "\"chain\":[{\"subject\":\"CN=web\",")
        .contains("\"sha256\":\"beef\",\"days_left\":-")
        .containsPattern("\"trust\":\\[\\{\"subject\":\"CN=ca\".*\"days_left\":36\\d{4}}]");
  }

  @Test
  void thePageForBrowsersNeedsNothingFromElsewhere() {
    Reply page = answer(everything, HttpMethod.GET, "/");

    assertThat(page.contentType()).isEqualTo("text/html; charset=utf-8");
    assertThat(page.headers().get("content-security-policy"))
        .startsWith("default-src 'none'; connect-src 'self'; img-src data:; script-src 'sha256-")
        .contains("; style-src 'sha256-", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(page.body())
        .doesNotContain("http://127", "https://", "src=", "@import", "innerHTML")
        .containsOnlyOnce("<script>")
        .containsOnlyOnce("<style>");
  }

  @Test
  void aPageThatIsToldThatActionsAreOffOffersNone() {
    AdminPages pages = AdminPages.everything(proxy, StagedProxy.METRICS, proxy.log, false);

    assertThat(answer(pages, HttpMethod.GET, "/status").body()).contains("\"actions\":false");
  }

  @Test
  void connectionsAreOneJsonObject() {
    assertAnswer(
        everything,
        "/connections?limit=0",
        200,
        """
        {"total":3,"peers":[\
        {"listener":"web","peer":"spiffe://prod/eve","connections":2},\
        {"listener":"ledger","peer":null,"connections":1}],"connections":[]}
        """);
    assertThat(answer(everything, HttpMethod.GET, "/connections").body())
        .contains(
            "{\"id\":\"00ff00ff00ff00ff\",\"listener\":\"web\","
                + "\"peer\":\"spiffe://prod/\\\"eve\\u2028\",\"remote\":\"10.0.0.1:5\","
                + "\"endpoint\":null,\"opened_at\":")
        .contains(
            "\"bytes_to_application\":5000000000,\"bytes_to_peer\":7,"
                + "\"peer_not_after\":\"2026-02-01T00:00:00.123Z\"}")
        .contains("\"endpoint\":\"ledger:8443\"")
        .contains("\"bytes_to_application\":null");
  }

  @Test
  void connectionsAreLinesForPeople() {
    assertAnswer(
        everything,
        "/connections?format=text",
        200,
        """
        3 open
        2 of spiffe://prod/eve at web
        1 of nobody proven at ledger
        00ff00ff00ff00ff at web: spiffe://prod/"eve? from 10.0.0.1:5, for 1m 1s, 5000000000 bytes \
        to the application, 7 to the peer, certificate until 2026-02-01T00:00:00Z
        0123456789abcdef at ledger: nobody proven to ledger:8443, for 0s
        """);
  }

  @Test
  void statusIsOneJsonObject() {
    Reply reply = answer(everything, HttpMethod.GET, "/status");

    assertThat(reply.contentType()).isEqualTo("application/json");
    assertThat(reply.body())
        .isEqualTo(
            """
            {"version":"1.2.3","started_at":"2026-01-02T03:04:05Z","state":"ready","actions":true,\
            "reload_last_success_at":"2026-01-02T04:05:06Z",\
            "reload_problems":["identities.default.key: is empty"],\
            "listeners":[{"name":"web","direction":"inbound","address":"0.0.0.0:8443",\
            "target":["127.0.0.1:8080"],"identity":"default","identities":["default","shop"],\
            "connections_active":2,"connections_total":17,"connections_limit":100,\
            "bytes_to_application":5000000000,"bytes_to_peer":7,"requests":3,\
            "handshake_failures":2,"denials":1},\
            {"name":"ledger","direction":"outbound","address":"unix:/run/l",\
            "target":["a:1","b:2"],"identity":null,"identities":[],\
            "connections_active":0,"connections_total":0,"connections_limit":10,\
            "bytes_to_application":0,"bytes_to_peer":0,"requests":0,\
            "handshake_failures":0,"denials":0}],\
            "identities":[{"name":"default","subject":"CN=web",\
            "names":["dns:web","uri:spiffe://prod/web"],"issuer":"CN=\\"ca\\"",\
            "not_before":"2026-01-01T00:00:00Z","not_after":"2026-02-01T00:00:00Z",\
            "serial":"0a","sha256":"beef","source":"tls.crt","generation":1,"trust":["CN=ca"]}],\
            "key_rings":[{"name":"payloads","keys":[\
            {"id":"k2","use":"raw","state":"primary","nonces_used":4000000000},\
            {"id":"k1","use":"sealed","state":"open-only","nonces_used":null}]}]}
            """);
  }

  @Test
  void denialsAreOneJsonObjectThatNoPeerCanBreak() {
    Reply reply = answer(everything, HttpMethod.GET, "/denials");

    assertThat(reply.contentType()).isEqualTo("application/json");
    assertThat(reply.body())
        .isEqualTo(
            """
            {"denials":[{"listener":"web","peer":"spiffe://prod/eve","remote":"10.0.0.1:5",\
            "reason":"request_not_allowed","count":7,"first_at":"2026-01-02T03:04:05Z",\
            "last_at":"2026-01-02T03:04:06Z","requests":[{"method":"PUT","host":"shop",\
            "path":"/\\"\\u2028","count":2,"last_at":"2026-01-02T03:04:05Z",\
            "nearest_rule":"inbound.web.allow.0","failed_on":["methods","paths"]}]},\
            {"listener":"web","peer":null,"remote":"unix","reason":"no_certificate","count":1,\
            "first_at":"2026-01-02T03:04:05Z","last_at":"2026-01-02T03:04:05Z",\
            "nearest_rule":null,"failed_on":[]}]}
            """);
  }

  @Test
  void drainIsPostedAndTurnsReadiness() {
    Reply reply = answer(everything, HttpMethod.POST, "/drain");

    assertThat(reply.status().code()).isEqualTo(202);
    assertThat(reply.body()).isEqualTo("draining\n");
    assertAnswer(everything, "/readyz", 503, "draining\n");
  }

  @Test
  void reloadTellsWhatItDid() {
    Reply reply = answer(everything, HttpMethod.POST, "/reload");

    assertThat(reply.status().code()).isEqualTo(200);
    assertThat(reply.body()).isEqualTo("reloaded: listeners changed 2, connections closed 5\n");
    assertThat(proxy.reloads).containsExactly(false);
  }

  @Test
  void aDryRunTellsWhatAReloadWouldDo() {
    assertThat(answer(everything, HttpMethod.POST, "/reload?dry-run=true").body())
        .isEqualTo("would reload: listeners changed 2, connections closed 5\n");
    assertThat(proxy.reloads).containsExactly(true);
  }

  @Test
  void programsAreToldWhatCameOfWhatActs() {
    Reply reload = answer(everything, HttpMethod.POST, "/reload?dry-run=false&format=json");
    Reply drain = answer(everything, HttpMethod.POST, "/drain?format=json");

    assertThat(reload.contentType()).isEqualTo(Reply.JSON);
    assertThat(reload.body())
        .isEqualTo(
            "{\"outcome\":\"reloaded\",\"listeners_changed\":2,\"connections_closed\":5,\"problems\":[]}\n");
    assertThat(drain.status().code()).isEqualTo(202);
    assertThat(drain.body()).isEqualTo("{\"state\":\"draining\"}\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dry-run", "dry-run=yes", "dryrun=true", "dry-run=true&x=y"})
  void whatMayHaveBeenMeantAsADryRunIsNotDone(String query) {
    for (String target : List.of("/reload?", "/drain?")) {
      assertThat(answer(everything, HttpMethod.POST, target + query).status().code())
          .isEqualTo(400);
    }
    assertThat(proxy.reloads).isEmpty();
    assertThat(proxy.drains).hasValue(0);
  }

  @Test
  void aReloadThatFailsTellsWhyInTheWordsOfCheck() {
    proxy.reloaded =
        CompletableFuture.completedFuture(
            new Reloaded(List.of("identities.default.key (p.conf:3): is empty"), 0, 0));

    Reply reply = answer(everything, HttpMethod.POST, "/reload");

    assertThat(reply.status().code()).isEqualTo(422);
    assertThat(reply.body().lines())
        .containsExactly(
            "identities.default.key (p.conf:3): is empty",
            "reloaded what can serve: listeners changed 0, connections closed 0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"})
  void drainIsOnlyPosted(String method) {
    Reply reply = answer(everything, HttpMethod.valueOf(method), "/drain");

    assertThat(reply.status().code()).isEqualTo(405);
    assertThat(reply.headers().get("allow")).isEqualTo("POST");
    assertThat(proxy.drains).hasValue(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/startupz", "/livez", "/readyz", "/metrics", "/status"})
  void pagesAreOnlyRead(String path) {
    Reply reply = answer(everything, HttpMethod.POST, path);

    assertThat(reply.status().code()).isEqualTo(405);
    assertThat(reply.headers().get("allow")).isEqualTo("GET, HEAD");
    assertThat(answer(everything, HttpMethod.HEAD, path))
        .isEqualTo(answer(everything, HttpMethod.GET, path));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"//", "/livez/", "/LIVEZ", "//livez", "/status/..", "/%6civez", "/drain "})
  void anyOtherPathIsUnknown(String path) {
    assertThat(answer(everything, HttpMethod.GET, path).status().code()).isEqualTo(404);
  }

  @Test
  void theLogLevelIsOneWord() {
    assertAnswer(everything, "/loglevel", 200, "info\n");

    assertThat(changed("debug\n").body()).isEqualTo("debug\n");

    assertThat(proxy.log.level).isEqualTo(Level.DEBUG);
    assertAnswer(everything, "/loglevel", 200, "debug\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "DEBUG", "verbose", "debug info", "off", "{}"})
  void anyOtherWordChangesNoLogLevel(String word) {
    Reply reply = changed(word);

    assertThat(reply.status().code()).isEqualTo(400);
    assertThat(reply.body()).isEqualTo("the body is to be error, warn, info, debug or trace\n");
    assertThat(proxy.log.level).isEqualTo(Level.INFO);
  }

  private Reply changed(String word) {
    return answer(everything, new AdminRequest(HttpMethod.PUT, "/loglevel", "", word, true));
  }

  @Test
  void aPageTellsEachMethodThatItTakes() {
    assertThat(answer(everything, HttpMethod.POST, "/loglevel").headers().get("allow"))
        .isEqualTo("GET, HEAD, PUT");
  }

  @Test
  void aLogThatIsSomebodyElsesHasNoPage() {
    AdminPages pages = AdminPages.everything(proxy, StagedProxy.METRICS, null, true);

    assertThat(answer(pages, HttpMethod.GET, "/loglevel").status().code()).isEqualTo(404);
  }

  @Test
  void onlyWhoIsOnThisHostChangesAnything() {
    assertNobodyActs(everything, false, "this is done from this host alone");
    assertThat(
            answer(everything, new AdminRequest(HttpMethod.GET, "/status", "", "", false))
                .status()
                .code())
        .isEqualTo(200);
  }

  @Test
  void nobodyChangesAnythingWhereActionsAreOff() {
    AdminPages pages = AdminPages.everything(proxy, StagedProxy.METRICS, proxy.log, false);

    assertNobodyActs(pages, true, "admin.actions is off");
    assertAnswer(pages, "/loglevel", 200, "info\n");
  }

  private void assertNobodyActs(AdminPages pages, boolean fromHere, String why) {
    for (AdminRequest request :
        List.of(
            new AdminRequest(HttpMethod.POST, "/drain", "", "", fromHere),
            new AdminRequest(HttpMethod.POST, "/reload", "", "", fromHere),
            new AdminRequest(HttpMethod.POST, "/reload", "dry-run=true", "", fromHere),
            new AdminRequest(HttpMethod.PUT, "/loglevel", "", "trace", fromHere))) {
      Reply reply = answer(pages, request);
      assertThat(reply.status().code()).as("%s", request).isEqualTo(403);
      assertThat(reply.body()).startsWith(why);
    }
    assertThat(proxy.drains).hasValue(0);
    assertThat(proxy.reloads).isEmpty();
    assertThat(proxy.log.level).isEqualTo(Level.INFO);
  }

  @Test
  void probesNeitherActNorTellNames() {
    for (String page : List.of("/", "/status", "/connections", "/certs", "/config", "/loglevel")) {
      assertThat(answer(probes, HttpMethod.GET, page).status().code()).as(page).isEqualTo(404);
    }
    assertThat(answer(probes, HttpMethod.GET, "/denials").status().code()).isEqualTo(404);
    assertThat(answer(probes, HttpMethod.POST, "/drain").status().code()).isEqualTo(404);
    assertThat(answer(probes, HttpMethod.POST, "/reload").status().code()).isEqualTo(404);
    assertThat(answer(probes, HttpMethod.PUT, "/loglevel").status().code()).isEqualTo(404);
    assertThat(proxy.drains).hasValue(0);
  }

  private static Reply answer(AdminPages pages, HttpMethod method, String target) {
    return answer(pages, AdminRequest.of(method, target, "", true));
  }

  private static Reply answer(AdminPages pages, AdminRequest request) {
    return pages.answer(request).toCompletableFuture().join();
  }

  private static void assertAnswer(AdminPages pages, String path, int status, String body) {
    Reply reply = answer(pages, HttpMethod.GET, path);
    assertThat(reply.status().code()).isEqualTo(status);
    assertThat(reply.body()).isEqualTo(body);
  }
}
