package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When files that somebody rewrites are read. */
final class SettledFilesTest {

  private final Path file;
  private final SettledFiles files;

  SettledFilesTest(@TempDir Path folder) throws IOException {
    file = Files.writeString(folder.resolve("ca.crt"), "first\nsecond\n");
    files = new SettledFiles(digest());
  }

  private String digest() {
    return FilesDigest.of(Set.of(file));
  }

  private boolean look() {
    return files.areToBeRead(digest(), false);
  }

  @Test
  void whatStaysIsNeverReadAgain() {
    assertThat(look()).isFalse();
    assertThat(look()).isFalse();
  }

  @Test
  void whatIsRewrittenInPlaceIsReadWhenTwoLooksHaveFoundTheSame() throws IOException {
    look();
    Files.writeString(file, "third\n"); // in place: shorter at first, and good as it is
    assertThat(look()).isFalse();
    Files.writeString(file, "fourth\n", StandardOpenOption.APPEND);
    assertThat(look()).isFalse();
    Files.writeString(file, "fifth\n", StandardOpenOption.APPEND);
    assertThat(look()).isFalse();

    assertThat(look()).isTrue();
    files.taken(digest());
    assertThat(look()).isFalse();
  }

  @Test
  void aSwapIsReadAtTheSecondLookToo() throws IOException {
    look();
    Path next = Files.writeString(file.resolveSibling("next"), "third\n");
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    assertThat(look()).isFalse();
    assertThat(look()).isTrue();
  }

  @Test
  void whatCouldNotServeIsReadAtEachLookWhileItStays() throws IOException {
    look();
    assertThat(files.areToBeRead(digest(), true)).isTrue();
    assertThat(files.areToBeRead(digest(), true)).isTrue();
    Files.writeString(file, "third\n");
    assertThat(files.areToBeRead(digest(), true)).isFalse();
  }

  @Test
  void whatMayHaveChangedWhileItWasReadIsReadOnceMore() {
    look();
    files.taken(FilesDigest.UNKNOWN);
    assertThat(look()).isTrue();
  }
}
