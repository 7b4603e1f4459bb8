/*
 * What bin/sallyport does, where there is no shell: becomes the Java that runs the command. Its options were made at
 * build time, by bin/sallyport itself, so that there is one place to change them.
 *
 *   SALLYPORT_JAVA_OPTS  more options for Java; they come last and win, as in -Xmx256m
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JAVA "/opt/java/bin/java"
#define OPTIONS "/opt/sallyport/options/"

/* The file of options of a command that has its own, or the one for all others. */
static const char *options_of(const char *command) {
  static char file[sizeof "@" OPTIONS + 32];
  if (*command && strlen(command) <= 32 && !command[strspn(command, "abcdefghijklmnopqrstuvwxyz")]) {
    snprintf(file, sizeof file, "@%s%s", OPTIONS, command);
    if (access(file + 1, R_OK) == 0) {
      return file;
    }
  }
  return "@" OPTIONS "default";
}

int main(int argc, char **argv) {
  const char *said = getenv("SALLYPORT_JAVA_OPTS");
  char *more = strdup(said ? said : "");
  /* Each word of more is followed by a blank, but for the last. */
  char **line = more ? calloc((size_t)argc + strlen(more) / 2 + 8, sizeof *line) : NULL;
  if (!line) {
    fputs("error: out of memory\n", stderr);
    return 3;
  }
  size_t n = 0;
  line[n++] = JAVA;
  line[n++] = (char *)options_of(argc > 1 ? argv[1] : "");
  line[n++] = isatty(STDERR_FILENO) ? "-Dsallyport.stderr.tty=true" : "-Dsallyport.stderr.tty=false";
  line[n++] = isatty(STDOUT_FILENO) ? "-Dsallyport.stdout.tty=true" : "-Dsallyport.stdout.tty=false";
  for (char *word = strtok(more, " \t\n"); word; word = strtok(NULL, " \t\n")) {
    line[n++] = word;
  }
  line[n++] = "io.sallyport.cli.Sallyport";
  for (int i = 1; i < argc; i++) {
    line[n++] = argv[i];
  }
  execv(JAVA, line);
  fprintf(stderr, "error: %s: %s; build the image anew\n", JAVA, strerror(errno));
  return 2;
}
