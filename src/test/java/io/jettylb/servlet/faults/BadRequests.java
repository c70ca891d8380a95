package io.jettylb.servlet.faults;

import java.util.List;
import java.util.Random;

/** Bytes that clients send: good requests to be broken off anywhere, and requests that are wrong in themselves. */
public final class BadRequests {

    private static final String HOST = "Host: client.example\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";

    /** Good ones: whoever leaves in the middle of one of them has aborted it there. */
    static final List<String> GOOD = List.of(
            "GET /whole?query=1 HTTP/1.1\r\n" + HOST + "X-A: some value\r\n\r\n",
            "HEAD /whole HTTP/1.1\r\n" + HOST + "\r\n",
            "POST /length HTTP/1.1\r\n" + HOST + "Content-Length: 40\r\n\r\n" + "0123456789".repeat(4),
            "PUT /expect HTTP/1.1\r\n" + HOST + "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n0123456789",
            "POST /chunks HTTP/1.1\r\n" + HOST + CHUNKED + "Trailer: X-T\r\n\r\n"
                    + "5;ext=\"a b\"\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nX-T: trailer\r\n\r\n",
            "GET /one HTTP/1.1\r\n" + HOST + "\r\nGET /two HTTP/1.1\r\n" + HOST + "\r\n",
            "POST /old HTTP/1.0\r\nContent-Length: 10\r\n\r\n0123456789");

    /** Wrong ones. */
    public static final List<String> WRONG = List.of(
            "GET /x HTTP/1.1\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + HOST + "\r\n",
            "GET /x HTTP/1.1\r\nHost: a b\r\n\r\n",
            "GET /x HTTP/1.1\r\nHost: a@b/c\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X A: 1\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X-A : 1\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X-A: a\0b\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X-A: a\rb\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X-A: a\r\n b\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "no colon\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + ": no name\r\n\r\n",
            "GET /x HTTP/9.9\r\n" + HOST + "\r\n",
            "GET /x\r\n",
            "GET  /x HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /x y HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /a/../../b HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /%2e%2e/%2e%2e/b HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /%zz%4 HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /%00 HTTP/1.1\r\n" + HOST + "\r\n",
            "G(T /x HTTP/1.1\r\n" + HOST + "\r\n",
            "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n",
            "TRACE /x HTTP/1.1\r\n" + HOST + "\r\n",
            "OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n",
            "GET http://evil.example/x HTTP/1.1\r\nHost: other.example\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnothing of HTTP/2",
            "\26\3\1\2\0\1\0\1\374\3\3 a TLS hello",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: -5\r\n\r\nhello",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: +5\r\n\r\nhello",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: 5x\r\n\r\nhello",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: 99999999999999999999\r\n\r\nhello",
            "POST /x HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n" + CHUNKED + "\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED
                    + "Content-Length: 5\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + "Transfer-Encoding: \13chunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
            "POST /x HTTP/1.0\r\n" + CHUNKED + "\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\nzz\r\nhello\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\n-5\r\nhello\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\n5\r\nhelloXX0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\nfffffffffffffffff\r\nhello\r\n0\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\n5\r\nhello\r\n0\r\nbad trailer\r\n\r\n",
            "POST /x HTTP/1.1\r\n" + HOST + CHUNKED + "\r\n5\r\nhello\r\nnot a size\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n" + HOST + "\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X-Big: " + "x".repeat(20_000) + "\r\n\r\n",
            "GET /x HTTP/1.1\r\n" + HOST + "X: 1\r\n".repeat(5_000) + "\r\n");

    /** A connection preface, empty settings, and GET / on the first stream. */
    private static final String HTTP2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0"
            + "\0\0\21\1\5\0\0\0\1" + "\202\206\204\101\14client.examp" + "\0\0\0\1\5\0\0\0\3";

    private BadRequests() {}

    /** Bytes of HTTP/2 of which one or two are others than they should be, or the end is missing. */
    static String http2(Random random) {
        StringBuilder bytes = new StringBuilder(HTTP2);
        int preface = 24;
        for (int i = random.nextInt(3); i > 0; i--) {
            bytes.setCharAt(preface + random.nextInt(bytes.length() - preface), (char) random.nextInt(256));
        }
        bytes.setLength(1 + random.nextInt(bytes.length()));
        return bytes.toString();
    }
}
