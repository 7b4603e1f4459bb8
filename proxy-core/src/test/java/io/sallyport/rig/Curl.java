package io.sallyport.rig;

import io.sallyport.rig.Program.Outcome;
import java.util.ArrayList;
import java.util.List;

/** curl, told what to show and whom to trust. */
public final class Curl {

  private final Pki pki;
  private final List<String> command = new ArrayList<>();

  private Curl(Pki pki) {
    this.pki = pki;
    command.add(Program.installed("curl"));
    command.addAll(List.of("--verbose", "--silent", "--show-error", "--max-time", "15"));
  }

  /** Trusts the PKI's CA and shows no certificate. */
  public static Curl of(Pki pki) {
    return new Curl(pki).with("--cacert", pki.file("ca.crt").toString());
  }

  /** Shows NAME.crt, which has been issued before. */
  public Curl as(String name) {
    return with("--cert", pki.file(name + ".crt").toString())
        .with("--key", pki.file(name + ".key").toString());
  }

  /** Offers this version alone, as {@code 1.3}. */
  public Curl tls(String version) {
    return with("--tlsv" + version).with("--tls-max", version);
  }

  public Curl with(String... options) {
    command.addAll(List.of(options));
    return this;
  }

  /** Over TLS. */
  public Outcome get(int port) {
    return get("https://127.0.0.1:" + port + "/");
  }

  public Outcome get(String url) {
    List<String> whole = new ArrayList<>(command);
    whole.add(url);
    return Program.run(whole);
  }
}
