package io.sallyport.relay;

import io.netty.channel.ChannelHandler;
import io.sallyport.relay.ConnectionEvents.Direction;
import org.jspecify.annotations.Nullable;

/**
 * Two channels, one byte path each way. Both channels live on one event loop, on which everything
 * here happens.
 *
 * <ul>
 *   <li>Back-pressure: a side that cannot be written to stops the reading of the other; what is
 *       buffered is bounded by the write watermark and one read.
 *   <li>A proper end on one side is passed on when all before it has been; the other direction goes
 *       on until it ends too, or {@code half-close-timeout} after the last byte. Where that is not
 *       to be ({@code peerMayFinishFirst} false), the peer's end is the end of both, and what the
 *       application says after it is discarded.
 *   <li>Anything but a proper end is passed on as a reset, so that nobody takes a part for the
 *       whole.
 * </ul>
 */
public final class Relay {

  private final RelayEvents events;
  private final RelayTimeouts timeouts;
  private final boolean peerMayFinishFirst;
  private final Side peer;
  private final Side application;

  private @Nullable RelayDeadline deadline;
  private boolean applicationDismissed;
  private boolean over;

  /**
   * @param peerMayFinishFirst whether the application may go on sending after the peer's end
   */
  public Relay(boolean peerMayFinishFirst, RelayTimeouts timeouts, RelayEvents events) {
    this.events = events;
    this.timeouts = timeouts;
    this.peerMayFinishFirst = peerMayFinishFirst;
    this.peer = new Side(this, Direction.TO_APPLICATION);
    this.application = new Side(this, Direction.TO_PEER);
  }

  /**
   * To be put last into the pipeline of the TLS side; holds what comes until {@link #open()}.
   *
   * @param end the handler of that pipeline that knows how its stream ends
   */
  public ChannelHandler peerSide(EndOfStream end) {
    return peer.endingAs(end);
  }

  /** The same for the plaintext side. */
  public ChannelHandler applicationSide(EndOfStream end) {
    return application.endingAs(end);
  }

  /** It has ended, perhaps before it opened: a channel that is brought now is closed at once. */
  public boolean isOver() {
    return over;
  }

  /** Both sides are there and the peer is allowed: bytes flow. Does nothing when it is over. */
  public void open() {
    if (over) {
      return;
    }
    deadline =
        new RelayDeadline(peer.channel().eventLoop(), timeouts, this::pendingBytes, this::expired);
    deadline.start();
    peer.open(application);
    if (!over) {
      application.open(peer);
    }
  }

  /** Bytes have come that something before the relay still holds: it is not idle. */
  public void alive() {
    if (deadline != null) {
      deadline.touch();
    }
  }

  void relayed(Direction direction, int bytes) {
    if (deadline != null) {
      deadline.touch();
    }
    events.relayed(direction, bytes);
  }

  void ended(Side side, StreamEnd end) {
    boolean fromPeer = side == peer;
    if (over || (fromPeer && applicationDismissed)) {
      return;
    }
    switch (end) {
      case FINISHED -> finished(side, fromPeer);
      case CLOSED -> {
        tellEnd(fromPeer);
        if (fromPeer && !application.finished()) {
          dismissApplication();
        } else {
          closeBoth();
        }
      }
      case TRUNCATED -> cut(CloseReason.TRUNCATED, side);
      case RESET -> cut(fromPeer ? CloseReason.PEER_RESET : CloseReason.APPLICATION_RESET, side);
      case BROKEN -> cut(CloseReason.TLS_ERROR, side);
    }
  }

  void fault(Throwable cause) {
    if (!over) {
      events.fault(cause);
      cut(CloseReason.INTERNAL_ERROR, null);
    }
  }

  private void finished(Side side, boolean fromPeer) {
    tellEnd(fromPeer);
    Side to = other(side);
    if (to.finished()) {
      closeBoth();
    } else if (fromPeer && !peerMayFinishFirst) {
      dismissApplication();
    } else {
      to.finishOutput();
      if (deadline != null) {
        deadline.halfClosed();
      }
    }
  }

  private void tellEnd(boolean fromPeer) {
    events.ending(fromPeer ? CloseReason.PEER_CLOSED : CloseReason.APPLICATION_CLOSED);
  }

  /**
   * Nothing can reach the peer any more. The application gets its end and is listened to no longer,
   * but is closed only when it finishes too: a close with unread bytes would be a reset, and lose
   * the application what is still on its way to it.
   */
  private void dismissApplication() {
    applicationDismissed = true;
    if (deadline != null) {
      deadline.closing();
    }
    application.discardInput();
    application.finishOutput();
    peer.closeAfterFlush();
  }

  /** Lets what is queued go out and closes, each side for itself. */
  private void closeBoth() {
    over = true;
    if (deadline != null) {
      deadline.closing();
    }
    application.closeAfterFlush();
    peer.closeAfterFlush();
  }

  /**
   * Ends both sides at once.
   *
   * @param culprit the side that broke off: it is closed as it is, so that an alert on its way
   *     still arrives; null to reset both
   */
  private void cut(CloseReason reason, @Nullable Side culprit) {
    events.ending(reason);
    over = true;
    if (deadline != null) {
      deadline.cancel();
    }
    if (culprit != null) {
      culprit.close();
    }
    if (peer != culprit) {
      peer.reset();
    }
    if (application != culprit) {
      application.reset();
    }
  }

  /** A side's channel is closed and its handler gone. */
  void gone(Side side) {
    if (deadline != null && other(side).gone()) {
      deadline.cancel();
    }
  }

  /** The deadline passed, or something is still pending after both sides had finished. */
  private void expired(CloseReason reason) {
    events.ending(reason);
    over = true;
    peer.reset();
    if (applicationDismissed && application.pendingBytes() == 0) {
      application.close(); // it has been sent everything, and may still be reading it
    } else {
      application.reset();
    }
  }

  /** Bytes that neither kernel has taken: while they shrink, a slow reader is not an idle one. */
  private long pendingBytes() {
    return peer.pendingBytes() + application.pendingBytes();
  }

  private Side other(Side side) {
    return side == peer ? application : peer;
  }
}
