package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;

final class OpenToOthersTest {

  private static final int ROOT = 0;
  private static final int SERVICE = 997;
  private static final int UNKNOWN = -1;

  private static boolean open(String permissions, int owner, int reader) {
    return OpenToOthers.isOpen(
        PosixFilePermissions.fromString(permissions), OpenToOthers.isLent(owner, reader));
  }

  @Test
  void whatIsOnesOwnIsForNobodyElse() {
    for (int user : new int[] {ROOT, SERVICE}) {
      assertThat(open("rw-------", user, user)).isFalse();
      assertThat(open("rw-r-----", user, user)).isTrue();
      assertThat(open("rw----r--", user, user)).isTrue();
    }
  }

  @Test
  void rootMayLendItToTheGroupOfAServiceAndToNobodyElse() {
    assertThat(open("rw-r-----", ROOT, SERVICE)).isFalse();
    assertThat(open("rw-r--r--", ROOT, SERVICE)).isTrue();
    assertThat(open("rw-r-----", SERVICE + 1, SERVICE)).isTrue();
    assertThat(open("rw-r-----", SERVICE, ROOT)).isTrue();
  }

  @Test
  void nothingIsLentWhereItIsNotKnownWhoReads() {
    assertThat(open("rw-r-----", ROOT, UNKNOWN)).isTrue();
  }
}
