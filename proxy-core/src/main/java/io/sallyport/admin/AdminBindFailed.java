package io.sallyport.admin;

import io.sallyport.config.Address;
import java.io.IOException;

/** An address of the admin server could not be had; the message and the cause say why. */
public final class AdminBindFailed extends IOException {
  private static final long serialVersionUID = 1L;

  private final String setting;
  private final transient Address address;

  AdminBindFailed(String setting, Address address, IOException cause) {
    super(cause.getMessage(), cause);
    this.setting = setting;
    this.address = address;
  }

  /** {@code admin.listen} or {@code admin.probes}. */
  public String setting() {
    return setting;
  }

  public Address address() {
    return address;
  }
}
