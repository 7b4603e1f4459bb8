package io.sallyport.cli.inject;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Changes to a text, each at its place, none within another. */
final class TextEdits {

  private final String text;
  private final List<Edit> edits = new ArrayList<>();

  /**
   * @param ofAbove whether it goes on with what stands above it
   */
  private record Edit(int start, int end, boolean ofAbove, String replacement) {}

  TextEdits(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  int size() {
    return edits.size();
  }

  void insert(int at, String added) {
    replace(at, at, added);
  }

  /** Also before what was inserted there, which begins something new. */
  void goOn(int at, String added) {
    edits.add(new Edit(at, at, true, added));
  }

  void replace(int start, int end, String replacement) {
    edits.add(new Edit(start, end, false, replacement));
  }

  /** The text with all of them; those at the same place in the order in which they came. */
  String applied() {
    List<Edit> inOrder = new ArrayList<>(edits);
    inOrder.sort(Comparator.comparingInt(Edit::start).thenComparing(edit -> !edit.ofAbove));
    StringBuilder changed = new StringBuilder();
    int at = 0;
    for (Edit edit : inOrder) {
      changed.append(text, at, edit.start).append(edit.replacement);
      at = edit.end;
    }
    return changed.append(text, at, text.length()).toString();
  }

  String lineEnd() {
    int end = text.indexOf('\n');
    return end > 0 && text.charAt(end - 1) == '\r' ? "\r\n" : "\n";
  }

  int lineStart(int place) {
    return text.lastIndexOf('\n', place - 1) + 1;
  }

  /** Where the next line starts; the end of the text where there is none. */
  int nextLine(int place) {
    int end = text.indexOf('\n', place);
    return end < 0 ? text.length() : end + 1;
  }

  /** How far a place is from the start of its line. */
  int column(int place) {
    return place - lineStart(place);
  }

  /** Whether nothing but blanks stands before it on its line. */
  boolean isFirstOnLine(int place) {
    return text.substring(lineStart(place), place).isBlank();
  }

  /** The end of what is between the two, without the blanks and line ends there. */
  int withoutBlanks(int start, int end) {
    int last = end;
    while (last > start && Character.isWhitespace(text.charAt(last - 1))) {
      last--;
    }
    return last;
  }

  /**
   * Where the comments begin that stand directly above a line, or that line itself.
   *
   * @param from before which no comment is looked for, since it is content
   */
  int aboveComments(int lineStart, int from) {
    int at = lineStart;
    while (at > 0) {
      int above = lineStart(at - 1);
      if (above < from || !text.substring(above, at).strip().startsWith("#")) {
        return at;
      }
      at = above;
    }
    return at;
  }
}
