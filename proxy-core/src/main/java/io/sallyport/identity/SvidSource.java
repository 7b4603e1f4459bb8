package io.sallyport.identity;

import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.config.Malformed;
import org.jspecify.annotations.Nullable;

/** What SPIFFE Workload APIs gave last. It is not asked for here: whoever asks is elsewhere. */
@FunctionalInterface
public interface SvidSource {

  /** Where nobody has asked: what would come of it is neither a problem nor to be served by. */
  SvidSource UNASKED = api -> null;

  /**
   * What one gave last; null where it has not been asked. Waits for nothing.
   *
   * @throws Malformed when it has given nothing yet, or what cannot be understood
   */
  @Nullable Svids latest(WorkloadApi api) throws Malformed;
}
