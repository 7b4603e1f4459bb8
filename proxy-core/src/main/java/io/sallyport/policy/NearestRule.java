package io.sallyport.policy;

import java.util.List;

/**
 * The rule that somebody who was refused came nearest to.
 *
 * @param setting where it is written
 * @param failedOn its fields that did not match, as they are written; at least one
 */
public record NearestRule(String setting, List<String> failedOn) {
  public NearestRule {
    failedOn = List.copyOf(failedOn);
  }
}
