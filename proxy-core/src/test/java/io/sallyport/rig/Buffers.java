package io.sallyport.rig;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;

/** How much may lie between a sender and somebody who does not read, and how much does. */
public final class Buffers {

  /** Four sockets' buffers, as large as Linux lets them grow by itself (tcp_wmem, tcp_rmem). */
  public static final long KERNEL_HOLDS = 40L * Payload.MIB;

  /** Two channels' watermarks and reads, and the arenas' chunks around them. */
  public static final long WE_HOLD = 12L * Payload.MIB;

  private Buffers() {}

  /** Bytes that the proxies of this JVM have taken from the system for their buffers. */
  public static long held() {
    var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
    return metric.usedDirectMemory() + metric.usedHeapMemory();
  }
}
