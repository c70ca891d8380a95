package io.jettylb.proxy;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The two messages of gRPC's health checking protocol in the encoding of protocol buffers, each with gRPC's prefix: a flag
 * for compression and the length. Each has one field, which a library is not needed for.
 */
final class GrpcHealthMessages {

    static final int SERVING = 1;

    private static final String[] NAMES = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
    private static final int PREFIX = 5;
    /** The number of the field, and how it is encoded. */
    private static final int SERVICE_FIELD = 1 << 3 | 2;

    private static final int STATUS_FIELD = 1 << 3;
    private static final int VARINT_BYTES = 10;

    /** An answer that is none. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String message) {
            super(message, null, false, false);
        }
    }

    private GrpcHealthMessages() {}

    /** The question for a service; the empty name is that of the server. */
    static byte[] request(String service) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        if (!service.isEmpty()) {
            byte[] name = service.getBytes(StandardCharsets.UTF_8);
            message.write(SERVICE_FIELD);
            int length = name.length;
            for (; length > 0x7F; length >>>= 7) {
                message.write(length & 0x7F | 0x80);
            }
            message.write(length);
            message.writeBytes(name);
        }
        return ByteBuffer.allocate(PREFIX + message.size())
                .put((byte) 0)
                .putInt(message.size())
                .put(message.toByteArray())
                .array();
    }

    /**
     * The status in an answer.
     *
     * @param content one message with its prefix
     * @return the status; 0, which is UNKNOWN, if it is left out
     */
    static int response(byte[] content) throws MalformedException {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        if (content.length < PREFIX) {
            throw new MalformedException("no message of gRPC in " + content.length + " bytes");
        }
        if (bytes.get() != 0) {
            throw new MalformedException("a compressed message, although nobody can have asked for it");
        }
        if (bytes.getInt() != bytes.remaining()) {
            throw new MalformedException("a message of another length than announced");
        }
        try {
            return status(bytes);
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            throw new MalformedException("a message that ends within a field");
        }
    }

    /** The last one counts, and fields of a later version of the protocol do not. */
    private static int status(ByteBuffer bytes) throws MalformedException {
        int status = 0;
        while (bytes.hasRemaining()) {
            long tag = varint(bytes);
            switch ((int) tag & 7) {
                case 0 -> {
                    long value = varint(bytes);
                    status = tag == STATUS_FIELD ? (int) value : status;
                }
                case 1 -> skip(bytes, Long.BYTES);
                case 2 -> skip(bytes, varint(bytes));
                case 5 -> skip(bytes, Integer.BYTES);
                default -> throw new MalformedException("a message with a field that is none");
            }
        }
        return status;
    }

    private static void skip(ByteBuffer bytes, long count) {
        if (count < 0 || count > bytes.remaining()) {
            throw new BufferUnderflowException();
        }
        bytes.position(bytes.position() + (int) count);
    }

    private static long varint(ByteBuffer bytes) throws MalformedException {
        long value = 0;
        for (int i = 0; i < VARINT_BYTES; i++) {
            byte next = bytes.get();
            value |= (next & 0x7FL) << 7 * i;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedException("a message with a number that does not end");
    }

    /** How the protocol calls a status. */
    static String name(int status) {
        return status >= 0 && status < NAMES.length ? NAMES[status] : "health status " + status;
    }
}
