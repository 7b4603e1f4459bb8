package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Our TLS peer in other languages; what it takes and writes stands in its sources. */
enum PeerProgram {
  GO {
    @Override
    List<String> install(Path folder) throws IOException {
      String go = Program.installed("go");
      Path source = copy("peer.go", folder);
      Path program = folder.resolve("peer");
      ProcessBuilder build =
          new ProcessBuilder(go, "build", "-o", program.toString(), source.toString());
      build.directory(folder.toFile());
      // Nothing but the standard library is needed, so nothing may be fetched.
      build.environment().put("GOPROXY", "off");
      build.environment().put("GOTOOLCHAIN", "local");
      build.environment().put("GOFLAGS", "-mod=mod");
      build.environment().put("CGO_ENABLED", "0");
      // A first build compiles the standard library too.
      Outcome built = Program.run(build, 300);
      assertThat(built.exitCode()).as(built.output()).isZero();
      return List.of(program.toString());
    }
  },
  PYTHON {
    @Override
    List<String> install(Path folder) throws IOException {
      return List.of(Program.installed("python3"), copy("peer.py", folder).toString());
    }
  };

  /**
   * Makes it ready to run; where the language is not installed the test is skipped.
   *
   * @return how its command begins
   */
  abstract List<String> install(Path folder) throws IOException;

  private static Path copy(String name, Path folder) throws IOException {
    Path copy = folder.resolve(name);
    try (InputStream source =
        Objects.requireNonNull(PeerProgram.class.getResourceAsStream(name), name)) {
      Files.copy(source, copy);
    }
    return copy;
  }

  static List<String> with(List<String> command, String... arguments) {
    List<String> whole = new ArrayList<>(command);
    whole.addAll(List.of(arguments));
    return whole;
  }
}
