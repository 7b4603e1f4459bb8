package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Address;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class EndpointsTest {

  private final Endpoints endpoints =
      new Endpoints(
          List.of(new Address.Tcp("a", 1), new Address.Tcp("b", 2), new Address.Tcp("c", 3)));

  private List<String> order() {
    return endpoints.inOrder().stream().map(Endpoints.Endpoint::toString).toList();
  }

  @Test
  void comeInTheOrderOfTheConfiguration() {
    assertThat(order()).containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void oneThatFailedAMomentAgoComesLast() {
    endpoints.inOrder().get(0).failed();
    assertThat(order()).containsExactly("b:2", "c:3", "a:1");
  }

  @Test
  void oneThatWorkedAgainIsBackInItsPlace() {
    Endpoints.Endpoint first = endpoints.inOrder().get(0);
    first.failed();
    first.worked();
    assertThat(order()).containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void whenAllHaveFailedAllAreTriedAllTheSame() {
    endpoints.inOrder().forEach(Endpoints.Endpoint::failed);
    assertThat(order()).containsExactly("a:1", "b:2", "c:3");
  }

  private Endpoints.Endpoint named(String name) {
    return endpoints.inOrder().stream()
        .filter(each -> each.toString().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private Set<String> chosen(Endpoints.Endpoint... not) {
    Set<String> chosen = new TreeSet<>();
    for (int i = 0; i < 1000; i++) {
      chosen.add(String.valueOf(endpoints.leastOutstanding(List.of(not))));
    }
    return chosen;
  }

  @Test
  void requestsGoToAllOfThemWhileNobodyIsBusy() {
    assertThat(chosen()).containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void theBusiestOfThreeIsNeverTheBetterOfTwo() {
    named("b:2").begun();
    assertThat(chosen()).containsExactly("a:1", "c:3");
    named("b:2").ended();
    assertThat(chosen()).containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void requestsGoToOneThatFailedOnlyWhereThereIsNoOther() {
    named("a:1").failed();
    assertThat(chosen()).containsExactly("b:2", "c:3");
    assertThat(chosen(named("b:2"), named("c:3"))).containsExactly("a:1");
    named("b:2").failed();
    named("c:3").failed();
    assertThat(chosen()).containsExactly("a:1", "b:2", "c:3");
  }

  @Test
  void thereIsNoOtherThanAll() {
    assertThat(chosen(named("a:1"), named("b:2"), named("c:3"))).containsExactly("null");
    Endpoints one = new Endpoints(List.of(new Address.Tcp("a", 1)));
    Endpoints.Endpoint only = one.inOrder().get(0);
    only.failed();
    assertThat(one.leastOutstanding(List.of())).isSameAs(only);
    assertThat(one.leastOutstanding(List.of(only))).isNull();
  }
}
