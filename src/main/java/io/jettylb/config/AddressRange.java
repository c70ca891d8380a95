package io.jettylb.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * A range of IP addresses, as CIDR writes it: {@code 10.0.0.0/8}, {@code fd00::/8}, or a single address. An IPv6 address
 * that holds an IPv4 one ({@code ::ffff:10.0.0.1}) counts as that.
 *
 * @param ipv4 whether it is of IPv4; then {@code high} is zero and the address the lower half of {@code low}
 * @param high the first 64 bits of the first address
 * @param low the last 64 bits of the first address
 * @param prefix how many leading bits all addresses share, 0 to 32 or 128
 */
public record AddressRange(boolean ipv4, long high, long low, int prefix) {

    private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]{2,45}");
    private static final Pattern LENGTH = Pattern.compile("0|[1-9]\\d{0,2}");

    /**
     * Reads a range.
     *
     * @param text an address, or one with a prefix length
     * @return the range, beginning with its first address; null if the text is none
     */
    public static AddressRange parse(String text) {
        int slash = text.indexOf('/');
        byte[] address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            return null;
        }
        int bits = address.length * 8;
        String length = slash < 0 ? Integer.toString(bits) : text.substring(slash + 1);
        if (!LENGTH.matcher(length).matches() || Integer.parseInt(length) > bits) {
            return null;
        }
        int prefix = Integer.parseInt(length);
        if (bits == 32) {
            return new AddressRange(true, 0, low(address) & mask(prefix + 32), prefix);
        }
        return new AddressRange(false, high(address) & mask(prefix), low(address) & mask(prefix - 64), prefix);
    }

    /**
     * Reads an IP address; names are never looked up.
     *
     * @param text the address, without brackets and zone
     * @return 4 or 16 bytes; null if the text is no address
     */
    public static byte[] address(String text) {
        if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
            return null;
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException notAnAddress) {
            return null;
        }
    }

    /**
     * Whether an address is in the range.
     *
     * @param address 4 or 16 bytes
     * @return false also for an address of the other family
     */
    public boolean contains(byte[] address) {
        if (ipv4 != (address.length == 4)) {
            return false;
        }
        return ipv4
                ? (low(address) & mask(prefix + 32)) == low
                : (high(address) & mask(prefix)) == high && (low(address) & mask(prefix - 64)) == low;
    }

    private static long high(byte[] address) {
        return ByteBuffer.wrap(address).getLong();
    }

    private static long low(byte[] address) {
        return address.length == 4
                ? ByteBuffer.wrap(address).getInt() & 0xFFFF_FFFFL
                : ByteBuffer.wrap(address, 8, 8).getLong();
    }

    /** As many leading ones as asked for, at least none and at most 64. */
    private static long mask(int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }

    /**
     * The range as it would be written.
     *
     * @return the first address and, unless it stands alone, the prefix length
     */
    @Override
    public String toString() {
        byte[] address = ipv4
                ? ByteBuffer.allocate(4).putInt((int) low).array()
                : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        try {
            String text = InetAddress.getByAddress(address).getHostAddress();
            return prefix == address.length * 8 ? text : text + "/" + prefix;
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
