package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.util.LazyX509Certificate;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An {@code SSL} of BoringSSL, and the memory through which bytes go in and out of it. Takes direct
 * buffers alone. On one thread at a time; after {@link #free} nothing of it may be called.
 */
final class BoringSslConnection {

  /** RFC 8446 §5.1. */
  static final int LONGEST_PLAINTEXT = 16 * 1024;

  /** What BoringSSL can write while it reads: in the handshake most flights, later an alert. */
  private static final int FLIGHT_BYTES = 4096;

  private static final int ALERT_BYTES = 128;

  private static final int TLS_1_3 = 0x0304;

  /** How a call left it. */
  enum State {
    DONE,
    NEEDS_INPUT,
    /** Somebody has to be asked, see {@link #task}. */
    NEEDS_TASK,
    /** The peer's close_notify has come: it sends no more. */
    CLOSED,
    /** The peer or we broke it off, see {@link #fault}; an alert of ours has been sent. */
    BROKEN
  }

  private static final ResourceLeakDetector<BoringSslConnection> LEAKS =
      ResourceLeakDetectorFactory.instance().newResourceLeakDetector(BoringSslConnection.class);

  private final TlsContext context;
  private final @Nullable ResourceLeakTracker<BoringSslConnection> leak;
  private final long ssl;
  private final ByteBufAllocator allocator;
  private final Consumer<ByteBuf> network;
  private long bio;
  private int overhead;
  private String fault = "";
  private boolean alertSent;

  /**
   * @param network is given what is to be sent, and owns it
   */
  BoringSslConnection(
      TlsContext context,
      TlsHandler handler,
      ByteBufAllocator allocator,
      Consumer<ByteBuf> network) {
    this.context = context;
    this.allocator = allocator;
    this.network = network;
    ssl = context.open(handler);
    bio = SSL.bioNewByteBuffer(ssl, FLIGHT_BYTES);
    leak = LEAKS.track(this);
  }

  void free() {
    context.free(ssl);
    if (leak != null) {
      leak.close(this);
    }
  }

  /** The same bytes where BoringSSL can read them; takes over what is given. */
  static ByteBuf direct(ByteBufAllocator allocator, ByteBuf bytes) {
    if (bytes.hasMemoryAddress()) {
      return bytes;
    }
    try {
      return allocator.directBuffer(bytes.readableBytes()).writeBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  /** Of a client, before its handshake; each is left out where it is null. */
  void prepare(@Nullable String host, int port, @Nullable String serverName) {
    if (serverName != null) {
      SSL.setTlsExtHostName(ssl, serverName);
    }
    if (host != null) {
      context.resume(ssl, host, port);
    }
  }

  /**
   * Goes on with the handshake.
   *
   * @param in what has come, which is consumed as far as it belongs to the handshake
   * @return any but {@code CLOSED}
   */
  State handshake(ByteBuf in) {
    while (true) {
      int given = feed(in);
      int result = SSL.doHandshake(ssl);
      int error = result > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, result);
      rememberFault(error);
      consumed(in, given);
      int sent = drain();
      // A flight may be longer than the memory for it.
      if (error != SSL.SSL_ERROR_WANT_WRITE || sent == 0) {
        State state = stateOf(error);
        alertSent = state == State.BROKEN && sent > 0;
        return state;
      }
    }
  }

  /**
   * The handshake is done.
   *
   * @param later is given what may leave with whatever is sent next, and owns it
   */
  void established(Consumer<ByteBuf> later) {
    context.handshakeEnded(ssl);
    overhead = SSL.getMaxWrapOverhead(ssl);
    if (context.server() && SSL.getVersionInt(ssl) == TLS_1_3) {
      takeTickets(later);
    }
    // Replaced by memory no bigger than for what it takes from now on.
    bio = SSL.bioNewByteBuffer(ssl, ALERT_BYTES);
  }

  /**
   * BoringSSL keeps session tickets until something is written. An alert before that would wait
   * behind them, and never leave, since BoringSSL does not try again with a fatal one.
   */
  private void takeTickets(Consumer<ByteBuf> later) {
    ByteBuf out = allocator.directBuffer(FLIGHT_BYTES);
    do {
      out.clear();
      SSL.bioSetByteBuffer(bio, out.memoryAddress(), FLIGHT_BYTES, true);
      SSL.writeToSSL(ssl, out.memoryAddress(), 0);
      SSL.clearError();
      out.writerIndex(FLIGHT_BYTES - SSL.bioLengthByteBuffer(bio));
      SSL.bioClearByteBuffer(bio);
      if (out.isReadable()) {
        later.accept(out.copy()); // no more than it needs: it may stay for long
      }
    } while (!out.isWritable());
    out.release();
  }

  /** What the handshake settled. */
  Settled settled() {
    return new Settled(
        SSL.getVersion(ssl),
        SSL.getCipherForSSL(ssl),
        SSL.getAlpnSelected(ssl),
        SSL.getSniHostname(ssl),
        context.asksForCertificate() ? peerChain() : List.of(),
        SSL.isSessionReused(ssl));
  }

  @Nullable String group() {
    try {
      return SSL.getGroupName(ssl);
    } catch (Exception e) {
      return null; // so tcnative says that there is none
    }
  }

  /** Of a server's connections tcnative leaves the peer's own certificate out of its chain. */
  private List<X509Certificate> peerChain() {
    List<X509Certificate> chain = new ArrayList<>();
    if (context.server()) {
      byte[] leaf = SSL.getPeerCertificate(ssl);
      if (leaf != null) {
        chain.add(new LazyX509Certificate(leaf));
      }
    }
    byte[][] rest = SSL.getPeerCertChain(ssl);
    for (byte[] each : rest == null ? new byte[0][] : rest) {
      chain.add(new LazyX509Certificate(each));
    }
    return List.copyOf(chain);
  }

  /** What the handshake waits for: to be run on any thread while nothing else is called. */
  @Nullable Runnable task() {
    return SSL.getTask(ssl);
  }

  /**
   * Decrypts.
   *
   * @param in what has come; it is consumed as far as {@code out} had room
   * @param out with room for at least a byte
   * @return {@code DONE} when {@code in} is consumed or {@code out} full, else {@code NEEDS_INPUT},
   *     {@code CLOSED} or {@code BROKEN}
   */
  State decrypt(ByteBuf in, ByteBuf out) {
    int given = feed(in);
    State state = State.DONE;
    int left = given;
    do {
      int read = SSL.readFromSSL(ssl, out.memoryAddress() + out.writerIndex(), out.writableBytes());
      if (read > 0) {
        out.writerIndex(out.writerIndex() + read);
        left = SSL.bioLengthByteBuffer(bio);
      } else {
        int error = SSL.getError(ssl, read);
        rememberFault(error);
        state = stateOf(error);
      }
    } while (state == State.DONE && left > 0 && out.isWritable());
    consumed(in, given);
    alertSent = drain() > 0 && state == State.BROKEN;
    return state;
  }

  private static State stateOf(int error) {
    if (error == SSL.SSL_ERROR_NONE) {
      return State.DONE;
    }
    if (error == SSL.SSL_ERROR_WANT_READ) {
      return State.NEEDS_INPUT;
    }
    if (error == SSL.SSL_ERROR_ZERO_RETURN) {
      return State.CLOSED;
    }
    boolean asks =
        error == SSL.SSL_ERROR_WANT_X509_LOOKUP
            || error == SSL.SSL_ERROR_WANT_CERTIFICATE_VERIFY
            || error == SSL.SSL_ERROR_WANT_PRIVATE_KEY_OPERATION;
    return asks ? State.NEEDS_TASK : State.BROKEN;
  }

  /**
   * Encrypts, in records as long as may be.
   *
   * @param plain not empty; it is consumed
   * @return what is to be sent behind all that the network was given; null where nothing can be
   *     encrypted any more
   */
  @Nullable ByteBuf encrypt(ByteBuf plain) {
    int records = (plain.readableBytes() + LONGEST_PLAINTEXT - 1) / LONGEST_PLAINTEXT;
    int room = plain.readableBytes() + records * overhead;
    while (true) {
      ByteBuf out = allocator.directBuffer(room);
      SSL.bioSetByteBuffer(bio, out.memoryAddress(), room, true);
      int written =
          SSL.writeToSSL(ssl, plain.memoryAddress() + plain.readerIndex(), plain.readableBytes());
      int error = written > 0 ? SSL.SSL_ERROR_NONE : SSL.getError(ssl, written);
      rememberFault(error);
      out.writerIndex(room - SSL.bioLengthByteBuffer(bio));
      SSL.bioClearByteBuffer(bio);
      if (written > 0) {
        plain.skipBytes(written);
        if (!plain.isReadable()) {
          return out;
        }
      } else if (error != SSL.SSL_ERROR_WANT_WRITE) {
        out.release();
        return null;
      } // something else went out before it: the same again, with room for the rest
      network.accept(out);
    }
  }

  /** Sends close_notify, after which nothing can be encrypted. */
  void shutDown() {
    SSL.shutdownSSL(ssl);
    SSL.clearError();
    drain();
  }

  /** Bytes that are decrypted and had no room yet. */
  int pending() {
    return SSL.sslPending(ssl);
  }

  /** What BoringSSL says of the last fault, in the form that it has for them. */
  String fault() {
    return fault;
  }

  /** Whether that was answered with an alert. */
  boolean alertSent() {
    return alertSent;
  }

  private void rememberFault(int error) {
    if (error == SSL.SSL_ERROR_SSL || error == SSL.SSL_ERROR_SYSCALL) {
      fault = SSL.getErrorString(SSL.getLastErrorNumber());
      SSL.clearError();
    }
  }

  private int feed(ByteBuf in) {
    int given = in.readableBytes();
    if (given > 0) {
      SSL.bioSetByteBuffer(bio, in.memoryAddress() + in.readerIndex(), given, false);
    }
    return given;
  }

  private void consumed(ByteBuf in, int given) {
    if (given > 0) {
      in.skipBytes(given - SSL.bioLengthByteBuffer(bio));
      SSL.bioClearByteBuffer(bio);
    }
  }

  /** Sends what BoringSSL wrote meanwhile. */
  private int drain() {
    int length = SSL.bioLengthNonApplication(bio);
    if (length > 0) {
      ByteBuf out = allocator.directBuffer(length);
      SSL.bioSetByteBuffer(bio, out.memoryAddress(), length, true);
      out.writerIndex(SSL.bioFlushByteBuffer(bio));
      SSL.bioClearByteBuffer(bio);
      network.accept(out);
    }
    return length;
  }
}
