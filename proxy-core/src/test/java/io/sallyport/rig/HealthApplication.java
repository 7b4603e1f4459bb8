package io.sallyport.rig;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A gRPC server that tells of its health as grpc.health.v1 has it. */
public final class HealthApplication implements AutoCloseable {

  private final HealthStatusManager health = new HealthStatusManager();
  private final Server server;

  private HealthApplication() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(health.getHealthService())
            .build()
            .start();
  }

  public static HealthApplication start() throws IOException {
    return new HealthApplication();
  }

  public int port() {
    return server.getPort();
  }

  public void serving(String service) {
    health.setStatus(service, ServingStatus.SERVING);
  }

  public void notServing(String service) {
    health.setStatus(service, ServingStatus.NOT_SERVING);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
