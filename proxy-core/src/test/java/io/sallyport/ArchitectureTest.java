package io.sallyport;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the arrows between rooms, and who may import what. */
final class ArchitectureTest {

  private static final String ROOT = "io.sallyport";

  /** Top to bottom; an arrow never points up. Rooms in one row do not see each other. */
  private static final List<List<String>> ROWS =
      List.of(
          List.of("admin"),
          List.of("telemetry"),
          List.of("inbound", "outbound"),
          List.of("listener"),
          List.of("http"),
          List.of("relay"),
          List.of("upstream"),
          List.of("policy"),
          List.of("identity"),
          List.of("tls"),
          List.of("transport"),
          List.of("config"),
          List.of("envelope")); // at the bottom: it is of use without the rest

  private static final Map<String, List<String>> ONLY_THESE_ROOMS_IMPORT =
      Map.of(
          "io.micrometer..", List.of("telemetry"),
          "io.netty.handler.codec.http..", List.of("admin", "http"),
          "io.netty.handler.codec.http2..", List.of("admin", "http"),
          "io.netty.handler.ssl..", List.of("tls", "identity", "listener"),
          "io.netty.resolver.dns..", List.of("upstream"),
          "io.netty.internal.tcnative..", List.of("identity", "tls"),
          "org.bouncycastle..", List.of("identity"),
          "javax.crypto..", List.of("envelope"),
          "com.typesafe..", List.of("config"));

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("src-test-certs"))
          .importPackages(ROOT);

  static Stream<ArchRule> arrowsPointDown() {
    List<ArchRule> rules = new ArrayList<>();
    List<String> above = new ArrayList<>();
    for (List<String> row : ROWS) {
      for (String room : row) {
        List<String> forbidden = new ArrayList<>(above);
        row.stream().filter(other -> !other.equals(room)).forEach(forbidden::add);
        rules.add(
            noClasses()
                .that(resideInAPackage(ROOT + "." + room))
                .should()
                .dependOnClassesThat(
                    resideInAnyPackage(
                        Stream.concat(
                                Stream.of(ROOT), forbidden.stream().map(name -> ROOT + "." + name))
                            .toArray(String[]::new))));
      }
      above.addAll(row);
    }
    return rules.stream();
  }

  @ParameterizedTest
  @MethodSource
  void arrowsPointDown(ArchRule rule) {
    rule.check(CLASSES);
  }

  static Stream<ArchRule> importsStayInTheirRoom() {
    return ONLY_THESE_ROOMS_IMPORT.entrySet().stream()
        .map(
            entry ->
                noClasses()
                    .that()
                    .resideOutsideOfPackages(
                        entry.getValue().stream()
                            .map(room -> ROOT + "." + room)
                            .toArray(String[]::new))
                    .should()
                    .dependOnClassesThat(resideInAPackage(entry.getKey())));
  }

  @ParameterizedTest
  @MethodSource
  void importsStayInTheirRoom(ArchRule rule) {
    rule.check(CLASSES);
  }

  @Test
  void everyRoomIsInTheList() {
    TreeSet<String> rooms = new TreeSet<>();
    CLASSES.forEach(
        each -> {
          if (each.getPackageName().startsWith(ROOT + ".")) {
            rooms.add(each.getPackageName().substring(ROOT.length() + 1));
          }
        });
    assertThat(ROWS.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(rooms);
  }

  @Test
  void noNameSaysNothing() {
    noClasses()
        .that()
        .haveNameNotMatching(".*(Key|Trust)Manager") // what JSSE calls them
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameStartingWith("Base")
        .check(CLASSES);
  }

  @Test
  void aLibraryDoesNotEndTheProcessOrWriteToTheTerminal() {
    noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
    noClasses().should().accessField(System.class, "out").check(CLASSES);
    noClasses().should().accessField(System.class, "err").check(CLASSES);
  }
}
