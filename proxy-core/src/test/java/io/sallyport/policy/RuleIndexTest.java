package io.sallyport.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is filed is found, whichever parts of it are left open. */
final class RuleIndexTest {

  private static final String[] WORDS = {"a", "b", "c"};
  private static final int PEERS = 60;
  private static final int INDEXES = 400;
  private static final int MOST_RULES = 6;

  private final Random random = new Random(7);

  /** So many names of so few words, that most patterns have both names that match and others. */
  @Test
  void findsARuleWhereMatchingThemOneByOneWould() {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      String uri = "spiffe://" + joined("/", WORDS, 1 + random.nextInt(5));
      String dns = joined(".", WORDS, 1 + random.nextInt(5));
      String address = random.nextBoolean() ? v4(random.nextInt(8)) : v6(random.nextInt(8));
      peers.add(Certificates.peer(leaf -> leaf.uri(uri).dns(dns).ip(address)));
    }
    int found = 0;
    for (int i = 0; i < INDEXES; i++) {
      List<AllowRule> rules = rules();
      RuleIndex index = new RuleIndex(rules);
      for (Peer peer : peers) {
        boolean matches = rules.stream().anyMatch(rule -> rule.matches(peer));
        assertThat(index.find(peer) != null)
            .as("%s by %s", peer, settings(rules))
            .isEqualTo(matches);
        found += matches ? 1 : 0;
      }
    }
    assertThat(found).isBetween(INDEXES, INDEXES * PEERS - INDEXES);
  }

  private List<AllowRule> rules() {
    List<AllowRule> rules = new ArrayList<>();
    int wanted = 1 + random.nextInt(MOST_RULES);
    while (rules.size() < wanted) {
      String text = pattern();
      RuleSpec spec = new RuleSpec(text);
      List<Problem> problems = new ArrayList<>();
      AllowRule rule =
          new RuleCompiler(Origins.NONE, problems)
              .compile(
                  switch (random.nextInt(3)) {
                    case 0 -> spec.ip(block()).rule();
                    case 1 ->
                        (text.startsWith("spiffe:") ? spec.spiffe(text) : spec.dns(text)).rule();
                    default ->
                        (text.startsWith("spiffe:") ? spec.spiffe(text) : spec.dns(text))
                            .ip(block())
                            .rule();
                  });
      if (problems.isEmpty()) {
        rules.add(rule);
      }
    }
    return rules;
  }

  private String pattern() {
    String[] parts = {"a", "b", "*", "**"};
    int length = 1 + random.nextInt(5);
    return random.nextBoolean()
        ? "spiffe://" + WORDS[random.nextInt(WORDS.length)] + "/" + joined("/", parts, length)
        : joined(".", parts, length);
  }

  /** Of one address, of two or of four. */
  private String block() {
    int bits = random.nextInt(3);
    int first = random.nextInt(8) >> bits << bits;
    return random.nextBoolean() ? v4(first) + "/" + (32 - bits) : v6(first) + "/" + (128 - bits);
  }

  private static String v4(int last) {
    return "10.0.0." + last;
  }

  private static String v6(int last) {
    return "fd00::" + last;
  }

  private String joined(String separator, String[] words, int count) {
    List<String> chosen = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      chosen.add(words[random.nextInt(words.length)]);
    }
    return String.join(separator, chosen);
  }

  private static List<String> settings(List<AllowRule> rules) {
    return rules.stream().map(AllowRule::setting).toList();
  }
}
