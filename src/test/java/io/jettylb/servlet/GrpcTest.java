package io.jettylb.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.EchoStatus;
import io.grpc.testing.integration.Messages.Payload;
import io.grpc.testing.integration.Messages.ResponseParameters;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.jettylb.testing.GrpcInterop;
import io.jettylb.testing.GrpcPeers;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What gRPC's interoperability tests do not try: long streams, broken ones, and what the server sees of it. */
@ParameterizedClass
@EnumSource
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GrpcTest {

    private static final Metadata.Key<String> ECHO =
            Metadata.Key.of("x-grpc-test-echo-initial", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<byte[]> ECHO_TRAILING =
            Metadata.Key.of("x-grpc-test-echo-trailing-bin", Metadata.BINARY_BYTE_MARSHALLER);
    private static final Metadata.Key<String> TIMEOUT =
            Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

    private final GrpcPeers peers;
    private GrpcInterop interop;

    GrpcTest(GrpcPeers peers) {
        this.peers = peers;
    }

    /** What a client sees of a call, in order: the sizes of messages, and the status. */
    private static final class Seen implements StreamObserver<StreamingOutputCallResponse> {

        private final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

        @Override
        public void onNext(StreamingOutputCallResponse message) {
            events.add(message.getPayload().getBody().size());
        }

        @Override
        public void onError(Throwable failure) {
            events.add(Status.fromThrowable(failure));
        }

        @Override
        public void onCompleted() {
            events.add(Status.OK);
        }

        Object next() throws InterruptedException {
            return events.poll(20, TimeUnit.SECONDS);
        }
    }

    @BeforeEach
    void start() {
        interop = peers.start();
    }

    @AfterEach
    void stop() throws Exception {
        interop.balanced().awaitIdle();
        interop.close();
    }

    /** A message that is answered by one of a size. */
    private static StreamingOutputCallRequest wanting(int size) {
        return StreamingOutputCallRequest.newBuilder()
                .addResponseParameters(ResponseParameters.newBuilder().setSize(size))
                .setPayload(Payload.newBuilder().setBody(ByteString.copyFrom(new byte[size])))
                .build();
    }

    @Test
    void eachMessageOfAStreamIsAnsweredBeforeTheNext() throws Exception {
        Seen seen = new Seen();
        StreamObserver<StreamingOutputCallRequest> call = interop.stub().fullDuplexCall(seen);
        for (int i = 1; i <= 1000; i++) {
            call.onNext(wanting(i));
            assertThat(seen.next()).isEqualTo(i);
        }
        call.onCompleted();
        assertThat(seen.next()).isEqualTo(Status.OK);
        assertThat(interop.calls()).hasSize(1);
    }

    @Test
    void aServerThatDiesInTheMiddleOfAStreamIsNoSuccess() throws Exception {
        Seen seen = new Seen();
        StreamObserver<StreamingOutputCallRequest> call = interop.stub().fullDuplexCall(seen);
        call.onNext(wanting(5));
        assertThat(seen.next()).isEqualTo(5);
        interop.upstream().shutdownNow();
        // Jetty resets a response that is cut with CANCEL.
        assertThat(seen.next())
                .isInstanceOfSatisfying(
                        Status.class, status -> assertThat(status.getCode()).isEqualTo(Status.Code.CANCELLED));
    }

    @Test
    void noServerIsUnavailable() throws Exception {
        interop.upstream().shutdownNow().awaitTermination();
        Throwable failure = catchThrowable(() -> interop.blockingStub().emptyCall(Empty.getDefaultInstance()));
        assertThat(Status.fromThrowable(failure).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    }

    @Test
    void aStatusBeforeTheEndOfTheRequestArrives() throws Exception {
        Seen seen = new Seen();
        StreamObserver<StreamingOutputCallRequest> call = interop.stub().fullDuplexCall(seen);
        call.onNext(wanting(3));
        assertThat(seen.next()).isEqualTo(3);
        call.onNext(StreamingOutputCallRequest.newBuilder()
                .setResponseStatus(EchoStatus.newBuilder()
                        .setCode(Status.Code.DATA_LOSS.value())
                        .setMessage("enough"))
                .build());
        assertThat(seen.next()).isInstanceOfSatisfying(Status.class, status -> {
            assertThat(status.getCode()).isEqualTo(Status.Code.DATA_LOSS);
            assertThat(status.getDescription()).isEqualTo("enough");
        });
    }

    @Test
    void aCancelledCallIsCancelledAtTheServer() throws Exception {
        Seen seen = new Seen();
        Context.CancellableContext context = Context.current().withCancellation();
        context.run(() -> interop.stub().fullDuplexCall(seen).onNext(wanting(4)));
        assertThat(seen.next()).isEqualTo(4);
        context.cancel(null);
        assertThat(interop.cancelled().poll(20, TimeUnit.SECONDS)).isNotNull();
        // And one that has no answer yet.
        Context.CancellableContext early = Context.current().withCancellation();
        early.run(() -> interop.stub().streamingInputCall(new StreamObserver<>() {
            @Override
            public void onNext(io.grpc.testing.integration.Messages.StreamingInputCallResponse value) {}

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onCompleted() {}
        }));
        interop.calls().take();
        assertThat(interop.calls().poll(20, TimeUnit.SECONDS)).isNotNull();
        early.cancel(null);
        assertThat(interop.cancelled().poll(20, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void theDeadlineIsToldToTheServer() throws Exception {
        interop.blockingStub().withDeadlineAfter(30, TimeUnit.MINUTES).emptyCall(Empty.getDefaultInstance());
        assertThat(interop.calls().take().get(TIMEOUT)).isNotNull();
    }

    @Test
    void largeMetadataPassesBothWays() throws Exception {
        Metadata sent = new Metadata();
        sent.put(ECHO, "x".repeat(3000));
        sent.put(ECHO_TRAILING, new byte[3000]);
        AtomicReference<Metadata> headers = new AtomicReference<>();
        AtomicReference<Metadata> trailers = new AtomicReference<>();
        interop.blockingStub()
                .withInterceptors(
                        MetadataUtils.newAttachHeadersInterceptor(sent),
                        MetadataUtils.newCaptureMetadataInterceptor(headers, trailers))
                .emptyCall(Empty.getDefaultInstance());
        assertThat(headers.get().get(ECHO)).hasSize(3000);
        assertThat(trailers.get().get(ECHO_TRAILING)).hasSize(3000);
        assertThatThrownBy(() -> {
                    sent.put(ECHO, "x".repeat(30_000));
                    interop.blockingStub()
                            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(sent))
                            .emptyCall(Empty.getDefaultInstance());
                })
                .isInstanceOf(StatusRuntimeException.class);
        interop.blockingStub().emptyCall(Empty.getDefaultInstance());
    }

    @Test
    void oneServiceCanBeMountedByItself() throws Exception {
        try (GrpcInterop alone = peers.startAt("/grpc.testing.TestService")) {
            alone.emptyUnary();
            alone.pingPong();
        }
    }
}
