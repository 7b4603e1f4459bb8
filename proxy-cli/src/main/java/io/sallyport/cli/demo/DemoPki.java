package io.sallyport.cli.demo;

import io.sallyport.testcerts.DevelopmentLeaf;
import io.sallyport.testcerts.DevelopmentPki;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import io.sallyport.testcerts.PemFiles;
import java.nio.file.Path;
import java.util.List;

/**
 * The certificates of the demo.
 *
 * @param ca who vouches for both
 */
record DemoPki(Path ca, PemFiles server, PemFiles client) {

  static final String CLIENT_ID = "spiffe://demo.sallyport/client";

  private static final String SERVER_ID = "spiffe://demo.sallyport/server";
  private static final int DAYS = 7;

  /** A CA already in the folder is used again. */
  static DemoPki in(Path folder) throws DevelopmentPkiFailed {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    List<String> dns = List.of("localhost");
    List<String> ips = List.of("127.0.0.1");
    return new DemoPki(
        pki.caCertificate(),
        pki.reissue(new DevelopmentLeaf("demo-server", dns, ips, SERVER_ID, DAYS)),
        pki.reissue(new DevelopmentLeaf("demo-client", List.of(), List.of(), CLIENT_ID, DAYS)));
  }
}
