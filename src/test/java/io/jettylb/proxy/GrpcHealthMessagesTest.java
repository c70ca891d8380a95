package io.jettylb.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.UnknownFieldSet;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Our encoding against that of protocol buffers themselves. */
class GrpcHealthMessagesTest {

    private static byte[] prefixed(byte[] message) {
        return ByteBuffer.allocate(5 + message.length)
                .put((byte) 0)
                .putInt(message.length)
                .put(message)
                .array();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "shop.Orders"})
    void asksAsTheLibraryDoes(String service) {
        HealthCheckRequest request =
                HealthCheckRequest.newBuilder().setService(service).build();

        assertThat(GrpcHealthMessages.request(service)).isEqualTo(prefixed(request.toByteArray()));
    }

    @ParameterizedTest
    @ValueSource(ints = {127, 128, 300})
    void asksForLongNamesAsTheLibraryDoes(int length) {
        asksAsTheLibraryDoes("s".repeat(length));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNRECOGNIZED")
    void readsWhatTheLibraryWrites(ServingStatus status) throws Exception {
        HealthCheckResponse response =
                HealthCheckResponse.newBuilder().setStatus(status).build();

        assertThat(GrpcHealthMessages.response(prefixed(response.toByteArray())))
                .isEqualTo(status.getNumber());
        assertThat(GrpcHealthMessages.name(status.getNumber())).isEqualTo(status.name());
    }

    @Test
    void skipsFieldsOfLaterVersions() throws Exception {
        UnknownFieldSet later = UnknownFieldSet.newBuilder()
                .addField(2, UnknownFieldSet.Field.newBuilder().addVarint(-1).build())
                .addField(3, UnknownFieldSet.Field.newBuilder().addFixed64(7).build())
                .addField(
                        4,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(com.google.protobuf.ByteString.copyFromUtf8("x".repeat(200)))
                                .build())
                .addField(5, UnknownFieldSet.Field.newBuilder().addFixed32(7).build())
                .build();
        byte[] ours = HealthCheckResponse.newBuilder()
                .setStatus(ServingStatus.SERVING)
                .build()
                .toByteArray();
        byte[] both = Arrays.copyOf(later.toByteArray(), later.toByteArray().length + ours.length);
        System.arraycopy(ours, 0, both, both.length - ours.length, ours.length);

        assertThat(GrpcHealthMessages.response(prefixed(both))).isEqualTo(GrpcHealthMessages.SERVING);
    }

    @Test
    void knowsStatusesOfLaterVersionsByNumber() {
        assertThat(GrpcHealthMessages.name(9)).isEqualTo("health status 9");
        assertThat(GrpcHealthMessages.name(-1)).isEqualTo("health status -1");
    }

    @ParameterizedTest
    @CsvSource({
        "'', no message of gRPC in 0 bytes",
        "00000000, no message of gRPC in 4 bytes",
        "01000000020801, 'a compressed message, although nobody can have asked for it'",
        "00000000030801, a message of another length than announced",
        "00ffffffff0801, a message of another length than announced",
        "0000000000 0801, a message of another length than announced",
        "000000000108, a message that ends within a field",
        "00000000021205, a message that ends within a field",
        "0000000003128080, a message that ends within a field",
        "000000000212 ff, a message that ends within a field",
        "000000000111, a message that ends within a field",
        "000000000117, a message with a field that is none",
        "000000000b08ffffffffffffffffffff, a message with a number that does not end",
        "000000000c12ffffffffffffffffff0100, a message that ends within a field"
    })
    void refusesWhatIsNoMessage(String hex, String problem) {
        byte[] content = HexFormat.of().parseHex(hex.replace(" ", ""));

        assertThatThrownBy(() -> GrpcHealthMessages.response(content))
                .isInstanceOf(GrpcHealthMessages.MalformedException.class)
                .hasMessage(problem);
    }
}
