package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Judging one peer and one request of it. With how many rules, and with which, must not show: what
 * grows with {@code rules} is a fault.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PolicyBenchmark {

  /** How many rules there are. */
  @Param({"10", "1000", "10000"})
  public int rules;

  /** What they are made of. */
  @Param public Kind kind;

  /** Rules of one kind, and the peer of the last of them. */
  public enum Kind {
    /** Each names a peer. */
    SPIFFE_IDS {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().spiffe(id(number));
      }
    },
    /** Each names a folder of peers. */
    SPIFFE_PATTERNS {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().spiffe("spiffe://prod/ns/n" + number + "/sa/*");
      }
    },
    /** Each names the peers of one service, in whichever namespace. */
    SPIFFE_TAILS {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().spiffe("spiffe://prod/ns/*/sa/s" + number);
      }
    },
    /** Each names the hosts of a domain. */
    DNS_PATTERNS {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().dns("*.d" + number + ".internal");
      }
    },
    /** Each names a range of addresses, and nothing else. */
    ADDRESSES {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().ip(address(number) + "/32");
      }
    },
    /** All are of one peer, and each is of another path. */
    PATHS {
      @Override
      RuleSpec rule(int number) {
        return new RuleSpec().spiffe(id(0)).paths("/p" + number + "/**");
      }

      @Override
      Peer peer(int last) {
        return super.peer(0);
      }
    };

    abstract RuleSpec rule(int number);

    Peer peer(int last) {
      return Certificates.peer(
          leaf -> leaf.uri(id(last)).dns("a.d" + last + ".internal").ip(address(last)));
    }

    private static String id(int number) {
      return "spiffe://prod/ns/n" + number + "/sa/s" + number;
    }

    private static String address(int number) {
      return "10." + (number >> 16) + "." + (number >> 8 & 0xff) + "." + (number & 0xff);
    }
  }

  private AllowRules compiled;
  private Peer allowed;
  private Peer stranger;
  private Asked asked;

  /** The last rule is the one that matches. */
  @Setup
  public void compile() {
    List<Allow.Rule> written = new ArrayList<>();
    for (int number = 0; number < rules; number++) {
      written.add(kind.rule(number).rule());
    }
    List<Problem> problems = new ArrayList<>();
    compiled = AllowRules.compile(new Allow.Rules(written, false), Origins.NONE, problems);
    allowed = kind.peer(rules - 1);
    stranger =
        Certificates.peer(
            leaf ->
                leaf.uri("spiffe://prod/ns/other/sa/other")
                    .dns("a.other.internal")
                    .ip("10.255.0.1"));
    asked = new Asked("GET", "app.internal", "/p" + (rules - 1) + "/a");
    if (!problems.isEmpty()
        || !(compiled.judgeRequest(allowed, asked) instanceof Verdict.Allowed)
        || !(compiled.judge(stranger, null) instanceof Verdict.Denied)) {
      throw new IllegalStateException("these rules do not judge as they should: " + problems);
    }
  }

  @Benchmark
  public Verdict peerWhoIsAllowed() {
    return compiled.judge(allowed, null);
  }

  @Benchmark
  public Verdict peerWhoIsRefused() {
    return compiled.judge(stranger, null);
  }

  @Benchmark
  public Verdict requestThatIsAllowed() {
    return compiled.judgeRequest(allowed, asked);
  }
}
