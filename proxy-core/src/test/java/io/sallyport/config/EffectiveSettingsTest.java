package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts, and where it was written. */
final class EffectiveSettingsTest {

  private final Path folder;
  private List<Setting> settings = List.of();

  EffectiveSettingsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void reads() throws InvalidConfig {
    settings =
        read(
                folder,
                IDENTITY
                    + INBOUND
                    + """
                    sallyport.defaults.inbound.max-connections = 77
                    sallyport.workers = 1
                    sallyport.transport = ${?SALLYPORT_NO_SUCH_VARIABLE}
                    sallyport.admin.probes = "127.0.0.1:9902"
                    sallyport.admin.app-probes.live {
                      http-get { port = 8080, headers { Authorization = "Bearer s3cret" } }
                    }
                    """)
            .settings();
  }

  private Setting setting(String path) {
    return settings.stream().filter(each -> each.path().equals(path)).findFirst().orElseThrow();
  }

  @Test
  void whatIsWrittenHasItsFileAndLine() {
    assertThat(setting("inbound.web.forward").value()).isEqualTo("127.0.0.1:8080");
    assertThat(setting("inbound.web.forward").from()).matches("[^:]+\\.conf:\\d+");
    assertThat(setting("workers").value()).isEqualTo("1");
  }

  @Test
  void whatIsNotWrittenHasItsDefault() {
    assertThat(setting("transport")).isEqualTo(new Setting("transport", "auto", "default"));
    assertThat(setting("inbound.web.handshake-timeout").from()).isEqualTo("default");
  }

  @Test
  void whatATemplateSaysHasThePlaceOfTheTemplate() {
    Setting limit = setting("inbound.web.max-connections");

    assertThat(limit.value()).isEqualTo("77");
    assertThat(limit.from()).endsWith(".conf:" + (lineOf(setting("workers")) - 1));
    assertThat(settings).extracting(Setting::path).noneMatch(path -> path.startsWith("defaults."));
  }

  private static int lineOf(Setting setting) {
    return Integer.parseInt(setting.from().substring(setting.from().lastIndexOf(':') + 1));
  }

  @Test
  void aListIsOneSetting() {
    assertThat(setting("inbound.web.allow").value()).startsWith("[{\"uri\":\"");
    assertThat(settings).extracting(Setting::path).noneMatch(path -> path.contains("allow.0"));
  }

  @Test
  void whatMayBeASecretIsHidden() {
    assertThat(setting("admin.app-probes.live.http-get.headers.Authorization").value())
        .isEqualTo("(hidden)");
    assertThat(settings.toString()).doesNotContain("s3cret");
  }

  @Test
  void eachIsThereOnce() {
    assertThat(settings).extracting(Setting::path).doesNotHaveDuplicates();
  }
}
