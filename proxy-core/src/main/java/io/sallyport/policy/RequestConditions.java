package io.sallyport.policy;

import io.sallyport.policy.AllowRule.Values;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a rule asks of a request: every field that it has must match, by any of the field's values.
 *
 * @param methods null where any will do, as for the others
 */
record RequestConditions(
    @Nullable Set<String> methods, @Nullable Values hosts, @Nullable Values paths) {

  /** Of a rule that lets the peer ask for anything. */
  static final RequestConditions NONE = new RequestConditions(null, null, null);

  RequestConditions {
    methods = methods == null ? null : Set.copyOf(methods);
  }

  boolean match(Request request) {
    return methodMatches(request) && hostMatches(request) && pathMatches(request);
  }

  boolean methodMatches(Request request) {
    return methods == null || methods.contains(request.method());
  }

  boolean hostMatches(Request request) {
    return hosts == null || (request.host() != null && hosts.match(request.host()));
  }

  boolean pathMatches(Request request) {
    return paths == null || (request.path() != null && paths.match(request.path()));
  }

  /**
   * {@link Asked} in the form of the rules.
   *
   * @param host null for what is no DNS name
   * @param path decoded; null where nobody asks for it
   */
  record Request(String method, @Nullable String host, @Nullable String path) {}
}
