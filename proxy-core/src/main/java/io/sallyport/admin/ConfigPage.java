package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sallyport.config.Setting;
import java.util.List;

/** What is served by, each value with the place where it was written, as JSON. */
final class ConfigPage {

  private ConfigPage() {}

  static Reply of(List<Setting> settings) {
    String json = new JsonObject().putObjects("settings", settings, ConfigPage::setting).end();
    return Reply.of(HttpResponseStatus.OK, Reply.JSON, json);
  }

  private static void setting(Setting setting, JsonObject json) {
    json.put("path", setting.path()).put("value", setting.value()).put("from", setting.from());
  }
}
