/**
 * The logging backend: SLF4J 2 events to standard error, one line each, as JSON or for people.
 *
 * <p>Own code, after a look at what there is: Rainbow Gum asks for JDK 21 and this runs on 17,
 * tinylog 2 writes JSON to files only and takes its set-up from one, penna knows no form for
 * people, logback with a JSON encoder brings a configuration engine and, one way or another, a JSON
 * library. None escapes for a terminal what peers send. What is needed here fits these few classes,
 * starts without reading a file, and keeps the key-values of the fluent API as fields.
 */
@NullMarked
package io.sallyport.cli.log;

import org.jspecify.annotations.NullMarked;
