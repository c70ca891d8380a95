package io.jettylb.testing;

import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.testing.integration.TestServiceGrpc;
import io.jettylb.config.Protocol;
import java.net.URI;
import java.util.List;
import java.util.function.Supplier;

/**
 * gRPC's own server and client of its interoperability tests, with the load balancer between them, HTTP/2 without TLS on
 * both sides. The test cases are the inherited methods.
 */
public final class GrpcInterop extends AbstractInteropTest implements AutoCloseable {

    /** Makes a client that connects to a port of this machine. */
    public interface Client {
        ManagedChannelBuilder<?> to(int port);
    }

    private final Supplier<ServerBuilder<?>> upstreams;
    private final Client client;
    private Server upstream;
    private BalancedServer balanced;

    /**
     * Starts all three.
     *
     * @param upstreams makes the server, on a port that is free
     */
    public GrpcInterop(Supplier<ServerBuilder<?>> upstreams, Client client) {
        this.upstreams = upstreams;
        this.client = client;
        setUp();
    }

    @Override
    protected ServerBuilder<?> getServerBuilder() {
        return upstreams.get().maxInboundMessageSize(MAX_MESSAGE_SIZE);
    }

    @Override
    protected void startServer(ServerBuilder<?> builder) {
        try {
            upstream = builder.build().start();
            URI uri = URI.create("http://127.0.0.1:" + upstream.getPort());
            balanced = new BalancedServer(Configs.spoken(Configs.pool(List.of(uri)), Protocol.H2C));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
        return client.to(balanced.port()).usePlaintext().maxInboundMessageSize(MAX_MESSAGE_SIZE);
    }

    @Override
    protected boolean metricsExpected() {
        return false;
    }

    public ManagedChannel channel() {
        return channel;
    }

    public TestServiceGrpc.TestServiceStub stub() {
        return asyncStub;
    }

    /** The server that is balanced. */
    public Server upstream() {
        return upstream;
    }

    public BalancedServer balanced() {
        return balanced;
    }

    @Override
    public void close() throws Exception {
        tearDown();
        upstream.shutdownNow();
        balanced.close();
    }
}
