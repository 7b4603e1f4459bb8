package io.sallyport.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * A name server on loopback (RFC 1035), over UDP. It says of {@code here.test} that it is this
 * host, of {@code silent.test} nothing, and of all others that there are none.
 */
public final class NameServer implements AutoCloseable {

  private static final int HEADER = 12;
  private static final int TYPE_A = 1;
  private static final short ANSWER = (short) 0x8180;
  private static final short NO_SUCH_NAME = (short) 0x8183;

  private final DatagramSocket socket;

  public NameServer() {
    try {
      socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "name-server");
    thread.setDaemon(true);
    thread.start();
  }

  public InetSocketAddress address() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  private void serve() {
    try {
      byte[] query = new byte[512];
      while (true) {
        DatagramPacket packet = new DatagramPacket(query, query.length);
        socket.receive(packet);
        byte[] answer = answer(query);
        if (answer.length > 0) {
          socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      }
    } catch (IOException e) {
      // It was closed.
    }
  }

  private static byte[] answer(byte[] query) {
    StringBuilder name = new StringBuilder();
    int at = HEADER;
    while (query[at] != 0) {
      for (int i = 1; i <= query[at]; i++) {
        name.append((char) query[at + i]);
      }
      name.append('.');
      at += query[at] + 1;
    }
    if (name.toString().equals("silent.test.")) {
      return new byte[0];
    }
    int type = query[at + 2];
    boolean known = name.toString().equals("here.test.");
    boolean answers = known && type == TYPE_A;
    byte[] bytes = new byte[at + 5 + (answers ? 16 : 0)];
    ByteBuffer answer = ByteBuffer.wrap(bytes);
    answer.put(query, 0, 2).putShort(known ? ANSWER : NO_SUCH_NAME);
    answer.putShort((short) 1).putShort((short) (answers ? 1 : 0)).putInt(0);
    answer.put(query, HEADER, at + 5 - HEADER);
    if (answers) {
      answer.putShort((short) (0xC000 | HEADER)).putShort((short) TYPE_A).putShort((short) 1);
      answer.putInt(60).putShort((short) 4).put(InetAddress.getLoopbackAddress().getAddress());
    }
    return bytes;
  }

  @Override
  public void close() {
    socket.close();
  }
}
