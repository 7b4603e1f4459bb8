package io.sallyport.upstream;

import java.net.ConnectException;

/** What we dialled turned out to be ourselves, who capture what passes by. */
final class LedBack extends ConnectException {

  private static final long serialVersionUID = 1;

  LedBack() {
    super("our own connection was redirected to us; except our uid from the rules");
  }
}
