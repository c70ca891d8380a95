package io.jettylb.testing;

import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.okhttp.OkHttpServerBuilder;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** The implementations of HTTP/2 that gRPC for Java comes with: who speaks with us, on both sides. */
public enum GrpcPeers {
    NETTY(() -> NettyServerBuilder.forPort(0), port -> NettyChannelBuilder.forAddress("127.0.0.1", port)),
    OKHTTP(
            () -> OkHttpServerBuilder.forPort(0, InsecureServerCredentials.create()),
            port -> OkHttpChannelBuilder.forAddress("127.0.0.1", port));

    private final Supplier<ServerBuilder<?>> server;
    private final IntFunction<ManagedChannelBuilder<?>> client;

    GrpcPeers(Supplier<ServerBuilder<?>> server, IntFunction<ManagedChannelBuilder<?>> client) {
        this.server = server;
        this.client = client;
    }

    /** A server on a free port, not built yet. */
    public ServerBuilder<?> server() {
        return server.get();
    }

    ManagedChannelBuilder<?> client(int port) {
        return client.apply(port).usePlaintext();
    }

    /** A server and a client of one of them, with the load balancer between. */
    public GrpcInterop start() {
        return startAt("/");
    }

    /** The same with a mount that is not everything. */
    public GrpcInterop startAt(String contextPath) {
        return new GrpcInterop(this, contextPath);
    }
}
