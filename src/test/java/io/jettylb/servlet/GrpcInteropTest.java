package io.jettylb.servlet;

import io.jettylb.testing.GrpcInterop;
import io.jettylb.testing.GrpcPeers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** gRPC's interoperability tests, with gRPC's own clients and servers. */
@ParameterizedClass
@EnumSource
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrpcInteropTest {

    /** One test case of gRPC's. */
    private interface Steps {
        void run(GrpcInterop interop) throws Exception;
    }

    private final GrpcPeers peers;

    GrpcInteropTest(GrpcPeers peers) {
        this.peers = peers;
    }

    private void passes(Steps test) throws Exception {
        try (GrpcInterop interop = peers.start()) {
            test.run(interop);
            // Some cases leave calls open.
            interop.disconnect();
            interop.balanced().awaitIdle();
        }
    }

    // The cases of gRPC's description of its interoperability tests.

    @Test
    void emptyUnary() throws Exception {
        passes(GrpcInterop::emptyUnary);
    }

    @Test
    void largeUnary() throws Exception {
        passes(GrpcInterop::largeUnary);
    }

    @Test
    void clientCompressedUnary() throws Exception {
        passes(interop -> interop.clientCompressedUnary(false));
    }

    @Test
    void serverCompressedUnary() throws Exception {
        passes(GrpcInterop::serverCompressedUnary);
    }

    @Test
    void clientStreaming() throws Exception {
        passes(GrpcInterop::clientStreaming);
    }

    @Test
    void clientCompressedStreaming() throws Exception {
        passes(interop -> interop.clientCompressedStreaming(false));
    }

    @Test
    void serverStreaming() throws Exception {
        passes(GrpcInterop::serverStreaming);
    }

    @Test
    void serverCompressedStreaming() throws Exception {
        passes(GrpcInterop::serverCompressedStreaming);
    }

    @Test
    void pingPong() throws Exception {
        passes(GrpcInterop::pingPong);
    }

    @Test
    void emptyStream() throws Exception {
        passes(GrpcInterop::emptyStream);
    }

    @Test
    void customMetadata() throws Exception {
        passes(GrpcInterop::customMetadata);
    }

    @Test
    void statusCodeAndMessage() throws Exception {
        passes(GrpcInterop::statusCodeAndMessage);
    }

    @Test
    void specialStatusMessage() throws Exception {
        passes(GrpcInterop::specialStatusMessage);
    }

    @Test
    void unimplementedMethod() throws Exception {
        passes(GrpcInterop::unimplementedMethod);
    }

    @Test
    void unimplementedService() throws Exception {
        passes(GrpcInterop::unimplementedService);
    }

    @Test
    void cancelAfterBegin() throws Exception {
        passes(GrpcInterop::cancelAfterBegin);
    }

    @Test
    void cancelAfterFirstResponse() throws Exception {
        passes(GrpcInterop::cancelAfterFirstResponse);
    }

    @Test
    void timeoutOnSleepingServer() throws Exception {
        passes(GrpcInterop::timeoutOnSleepingServer);
    }

    // Further ones of the Java implementation.

    @Test
    void fullDuplex() throws Exception {
        passes(GrpcInterop::fullDuplexCallShouldSucceed);
    }

    @Test
    void halfDuplex() throws Exception {
        passes(GrpcInterop::halfDuplexCallShouldSucceed);
    }

    @Test
    void flowControl() throws Exception {
        passes(GrpcInterop::serverStreamingShouldBeFlowControlled);
    }

    @Test
    void veryLargeRequest() throws Exception {
        passes(GrpcInterop::veryLargeRequest);
    }

    @Test
    void veryLargeResponse() throws Exception {
        passes(GrpcInterop::veryLargeResponse);
    }

    @Test
    void metadataUnary() throws Exception {
        passes(GrpcInterop::exchangeMetadataUnaryCall);
    }

    @Test
    void metadataStreaming() throws Exception {
        passes(GrpcInterop::exchangeMetadataStreamingCall);
    }

    @Test
    void deadlineNotExceeded() throws Exception {
        passes(GrpcInterop::deadlineNotExceeded);
    }

    @Test
    void deadlineExceeded() throws Exception {
        passes(GrpcInterop::deadlineExceeded);
    }

    @Test
    void deadlineInPast() throws Exception {
        passes(GrpcInterop::deadlineInPast);
    }

    @Test
    void messageTooBig() throws Exception {
        passes(GrpcInterop::maxInboundSize_tooBig);
    }

    @Test
    void gracefulShutdown() throws Exception {
        passes(GrpcInterop::gracefulShutdown);
    }
}
