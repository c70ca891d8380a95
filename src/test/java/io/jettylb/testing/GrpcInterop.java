package io.jettylb.testing;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.testing.integration.AbstractInteropTest;
import io.grpc.testing.integration.TestServiceGrpc;
import io.jettylb.config.PoolConfig;
import io.jettylb.config.Protocol;
import java.net.URI;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * gRPC's own server and client of its interoperability tests, with the load balancer between them, HTTP/2 without TLS on
 * both sides. The test cases are the inherited methods.
 */
public final class GrpcInterop extends AbstractInteropTest implements AutoCloseable {

    private final GrpcPeers peers;
    private final String contextPath;
    private final BlockingQueue<Metadata> calls = new LinkedBlockingQueue<>();
    private final BlockingQueue<Metadata> cancelled = new LinkedBlockingQueue<>();
    private Server upstream;
    private BalancedServer balanced;

    /** Remembers what the server sees. */
    private final class Recorder implements ServerInterceptor {
        @Override
        public <I, O> ServerCall.Listener<I> interceptCall(
                ServerCall<I, O> call, Metadata metadata, ServerCallHandler<I, O> next) {
            calls.add(metadata);
            return new SimpleForwardingServerCallListener<>(next.startCall(call, metadata)) {
                @Override
                public void onCancel() {
                    cancelled.add(metadata);
                    super.onCancel();
                }
            };
        }
    }

    GrpcInterop(GrpcPeers peers, String contextPath) {
        this.peers = peers;
        this.contextPath = contextPath;
        setUp();
    }

    @Override
    protected ServerBuilder<?> getServerBuilder() {
        return peers.server().maxInboundMessageSize(MAX_MESSAGE_SIZE).intercept(new Recorder());
    }

    @Override
    protected void startServer(ServerBuilder<?> builder) {
        try {
            upstream = builder.build().start();
            PoolConfig pool = Configs.pool(List.of(URI.create("http://127.0.0.1:" + upstream.getPort())));
            balanced = new BalancedServer(Configs.spoken(pool, Protocol.H2C), Configs.mount(contextPath, false));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected ManagedChannelBuilder<?> createChannelBuilder() {
        return peers.client(balanced.port()).maxInboundMessageSize(MAX_MESSAGE_SIZE);
    }

    /** Measurements of gRPC's own code say nothing about what is between. */
    @Override
    protected boolean metricsExpected() {
        return false;
    }

    public TestServiceGrpc.TestServiceStub stub() {
        return asyncStub;
    }

    public TestServiceGrpc.TestServiceBlockingStub blockingStub() {
        return blockingStub;
    }

    /** Ends the client and with it all of its calls. */
    public void disconnect() {
        channel.shutdownNow();
    }

    /** The server that is balanced. */
    public Server upstream() {
        return upstream;
    }

    public BalancedServer balanced() {
        return balanced;
    }

    /** The metadata of each call that the server got. */
    public BlockingQueue<Metadata> calls() {
        return calls;
    }

    /** The metadata of each call that the server knows to have been cancelled. */
    public BlockingQueue<Metadata> cancelled() {
        return cancelled;
    }

    @Override
    public void close() throws Exception {
        tearDown();
        upstream.shutdownNow();
        balanced.close();
    }
}
