package io.jettylb.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Balancers of other versions, on other platforms, must agree: so these values must never change. */
class KeyHashTest {

    /** The value for no input is the one that the specification of XXH3 begins with. */
    @Test
    void isXxh3() {
        assertThat(KeyHash.of(new byte[0])).isEqualTo(0x2D06800538D394C2L);
    }

    @ParameterizedTest
    @CsvSource({"x, a68707a2dbd7adad", "alice, e34feebe503093b9", "/shop/cart?id=7, ef334d3139542acd"})
    void hashesOfTextsAreFixed(String text, String hash) {
        assertThat(Long.toHexString(KeyHash.of(text))).isEqualTo(hash);
        assertThat(KeyHash.of(text.getBytes(StandardCharsets.UTF_16LE))).isEqualTo(KeyHash.of(text));
        assertThat(KeyHash.of(new StringBuilder(text))).isEqualTo(KeyHash.of(text));
    }

    @Test
    void hashesOfBytesAreFixed() {
        assertThat(Long.toHexString(KeyHash.of(new byte[] {10, 0, 0, 1}))).isEqualTo("83cff27f7da39d96");
        byte[] address = new byte[16];
        address[0] = 0x20;
        address[1] = 0x01;
        assertThat(Long.toHexString(KeyHash.of(address))).isEqualTo("b5649a9fab845740");
    }

    @Test
    void twoNumbersAreHashedAsTheirBytes() {
        byte[] bytes = {1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0};
        assertThat(KeyHash.of(1, 2)).isEqualTo(KeyHash.of(bytes));
    }
}
