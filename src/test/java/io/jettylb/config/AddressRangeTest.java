package io.jettylb.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRangeTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "10.0.0.0/8, ::10.1.2.3, false",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "192.0.2.1/32, 192.0.2.1, true",
        "255.255.255.255, 255.255.255.255, true",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, ::1, false",
        "::/0, 2001:db8::1, true",
        "::/0, 10.0.0.1, false",
        "::1, ::1, true",
        "::1, ::2, false",
        "::ffff:10.0.0.1, 10.0.0.1, true",
        "fd00::/8, fdff:ffff::1, true",
        "fd00::/8, fe00::1, false",
        "2001:db8:0:1::/64, 2001:db8:0:1:ffff::, true",
        "2001:db8:0:1::/64, 2001:db8:0:2::, false",
        "2001:db8::8/125, 2001:db8::f, true",
        "2001:db8::8/125, 2001:db8::10, false",
        "8000::/1, ffff::, true",
    })
    void holdsTheAddressesOfItsPrefix(String range, String address, boolean inside) throws Exception {
        assertThat(AddressRange.parse(range)
                        .contains(InetAddress.getByName(address).getAddress()))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/+8",
                "10.0.0.0/08",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "10.0.0",
                "10.1",
                "1",
                "010.0.0.1",
                "256.0.0.1",
                "10.0.0.1 ",
                "localhost",
                "a.example",
                "[::1]",
                "::1%eth0",
                "fe80::1%1/64",
                "::/129",
                ":",
                ":::",
                "1::2::3",
                "12345::",
                "::ffff:10.0.0.0/104",
                "1:2:3:4:5:6:7",
                "dead:beef"
            })
    void isNothingElse(String text) {
        assertThat(AddressRange.parse(text)).isNull();
    }

    @Test
    void namesItself() {
        assertThat(AddressRange.parse("10.1.2.3/8")).hasToString("10.0.0.0/8");
        assertThat(AddressRange.parse("10.1.2.3")).hasToString("10.1.2.3");
        assertThat(AddressRange.parse("2001:db8::1/32")).hasToString("2001:db8:0:0:0:0:0:0/32");
    }
}
