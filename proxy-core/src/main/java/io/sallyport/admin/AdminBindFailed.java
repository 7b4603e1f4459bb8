package io.sallyport.admin;

import io.sallyport.config.Address;
import java.io.IOException;

/** An address of the admin server could not be had; {@link #why} says the rest. */
public final class AdminBindFailed extends IOException {
  private static final long serialVersionUID = 1L;

  private final String setting;
  private final transient Address address;
  private final IOException why;

  AdminBindFailed(String setting, Address address, IOException cause) {
    super(cause.getMessage(), cause);
    this.setting = setting;
    this.address = address;
    this.why = cause;
  }

  /** {@code admin.listen} or {@code admin.probes}. */
  public String setting() {
    return setting;
  }

  public Address address() {
    return address;
  }

  /** What binding said, as of any listener. */
  public IOException why() {
    return why;
  }
}
