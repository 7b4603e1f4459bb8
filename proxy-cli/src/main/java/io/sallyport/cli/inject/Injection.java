package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;

/** Manifests in, manifests with sidecars out: all of them, or none. */
public final class Injection {

  private static final String SEPARATOR = "---";

  private final String image;
  private final boolean unlessDisabled;
  private final List<Problem> problems = new ArrayList<>();
  private final List<String> changed = new ArrayList<>();

  private Injection(String image, boolean unlessDisabled) {
    this.image = image;
    this.unlessDisabled = unlessDisabled;
  }

  /**
   * @param name for messages
   * @param text YAML or JSON, of any number of documents
   */
  public record Manifest(String name, String text) {}

  /**
   * @param text all of them, one behind the other
   * @param changed file and object of each that has changed
   */
  public record Result(String text, List<String> changed) {
    public Result {
      changed = List.copyOf(changed);
    }
  }

  /**
   * @param image of the sidecar, where the annotations name none
   * @param unlessDisabled whether also those get one whose annotations do not ask for it
   * @throws BadManifests with a problem, or more, of every document that has any
   */
  public static Result of(List<Manifest> manifests, String image, boolean unlessDisabled)
      throws BadManifests {
    Injection injection = new Injection(image, unlessDisabled);
    StringBuilder all = new StringBuilder();
    for (Manifest manifest : manifests) {
      String written = injection.inject(manifest);
      if (all.length() > 0 && all.charAt(all.length() - 1) != '\n') {
        all.append('\n');
      }
      if (all.length() > 0 && !written.startsWith(SEPARATOR)) {
        all.append(SEPARATOR).append('\n');
      }
      all.append(written);
    }
    if (!injection.problems.isEmpty()) {
      throw new BadManifests(injection.problems);
    }
    return new Result(all.toString(), injection.changed);
  }

  private String inject(Manifest manifest) {
    TextEdits edits = edits(manifest);
    return edits.size() == 0 || !problems.isEmpty() ? manifest.text() : proven(edits, manifest);
  }

  /** What has to be changed; not all of it where there are problems. */
  private TextEdits edits(Manifest manifest) {
    TextEdits edits = new TextEdits(manifest.text());
    List<Node> documents;
    try {
      documents = YamlReader.read(manifest.text());
    } catch (BadManifest e) {
      problems.add(problem(e, manifest.name()));
      return edits;
    }
    for (int i = 0; i < documents.size(); i++) {
      Node document = documents.get(i);
      String label = Workload.label(document);
      try {
        inject(document, edits, manifest);
      } catch (BadManifest e) {
        String number = ", document " + (i + 1);
        problems.add(problem(e, manifest.name() + number + (label == null ? "" : ", " + label)));
      }
    }
    return edits;
  }

  /** There are many ways to write YAML, and nothing is to come out that says something else. */
  private String proven(TextEdits edits, Manifest manifest) {
    String written = edits.applied();
    Injection again = new Injection(image, unlessDisabled);
    TextEdits more = again.edits(new Manifest(manifest.name(), written));
    if (more.size() > 0 || !again.problems.isEmpty()) {
      throw new IllegalStateException(manifest.name() + " is written in a way that is not known");
    }
    return written;
  }

  private void inject(Node document, TextEdits edits, Manifest manifest) throws BadManifest {
    if (document instanceof Scalar scalar && scalar.isNull()) {
      return;
    }
    Workload.refuseUnlessObject(document);
    if (!concernsUs(document, edits.text())) {
      return;
    }
    for (Workload workload : Workload.in(document)) {
      Wishes wishes = Wishes.of(workload);
      if (wishes.injected(unlessDisabled)) {
        int before = edits.size();
        PodEdit.edit(workload, wishes, image, edits);
        if (edits.size() > before) {
          changed.add(manifest.name() + ": " + workload.label());
        }
      }
    }
  }

  /** What is nobody's of ours may have aliases and whatever else it likes. */
  private boolean concernsUs(Node document, String text) {
    String own = text.substring(document.start(), document.end());
    return unlessDisabled || own.contains("sallyport") || own.contains("/inject");
  }

  private static Problem problem(BadManifest bad, String where) {
    return bad.field().isEmpty()
        ? new Problem(where, "", bad.fault(), bad.remedy())
        : new Problem(bad.field(), where, bad.fault(), bad.remedy());
  }
}
