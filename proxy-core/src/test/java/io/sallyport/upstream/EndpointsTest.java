package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Address;
import java.util.List;
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
}
