package io.jettylb.servlet;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import org.eclipse.jetty.ee10.servlet.ServletContextResponse;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * A response that goes through a filter's wrapper: status, fields and content are handed to it by the servlet's thread.
 * Fields are collected until the first write, because a wrapper cannot be made to forget them.
 */
final class WrappedResponse extends Response.Wrapper {

    private final ServletContextResponse beneath;
    private final HttpServletResponse wrapper;
    private final Executor servletThread;
    private final BooleanSupplier nothingFollows;
    private final HttpFields.Mutable fields = HttpFields.build();
    private int status = 200;
    private OutputStream stream;
    private volatile boolean handedOver;
    private volatile boolean instead;

    WrappedResponse(
            Request request,
            ServletContextResponse beneath,
            HttpServletResponse wrapper,
            Executor servletThread,
            BooleanSupplier nothingFollows) {
        super(request, beneath.getWrapped());
        this.beneath = beneath;
        this.wrapper = wrapper;
        this.servletThread = servletThread;
        this.nothingFollows = nothingFollows;
    }

    @Override
    public int getStatus() {
        return status;
    }

    @Override
    public void setStatus(int code) {
        status = code;
        if (handedOver) {
            // Another answer after all, while the wrapper's has not left yet: it goes past the wrapper.
            instead = true;
            fields.clear();
        } else if (opensTunnel()) {
            // There is no content that the wrapper could change, and it must not hold the head back.
            instead = true;
        }
    }

    @Override
    public HttpFields.Mutable getHeaders() {
        return fields;
    }

    @Override
    public boolean isCommitted() {
        return getWrapped().isCommitted();
    }

    @Override
    public void write(boolean last, ByteBuffer content, Callback callback) {
        servletThread.execute(() -> {
            try {
                if (instead) {
                    writeInstead(last, content, callback);
                    return;
                }
                if (!handedOver) {
                    handOver();
                }
                if (BufferUtil.hasContent(content)) {
                    BufferUtil.writeTo(content, stream);
                }
                callback.succeeded();
                if (!last && nothingFollows.getAsBoolean()) {
                    stream.flush();
                }
            } catch (Throwable failure) {
                callback.failed(BlockingExchange.asFailure(failure));
            }
        });
    }

    private boolean mayHaveContent() {
        return status != HttpStatus.NO_CONTENT_204
                && status != HttpStatus.NOT_MODIFIED_304
                && !HttpMethod.HEAD.is(getRequest().getMethod());
    }

    private boolean http1() {
        return getRequest().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
    }

    private boolean opensTunnel() {
        return status == HttpStatus.SWITCHING_PROTOCOLS_101
                || status == HttpStatus.OK_200
                        && HttpMethod.CONNECT.is(getRequest().getMethod());
    }

    private void writeInstead(boolean last, ByteBuffer content, Callback callback) {
        beneath.resetContent();
        beneath.getHttpOutput().softClose();
        Response direct = getWrapped();
        direct.getHeaders().remove(HttpHeader.TRANSFER_ENCODING);
        direct.setStatus(status);
        if (opensTunnel()) {
            fields.forEach(direct.getHeaders()::add);
        } else {
            fields.forEach(direct.getHeaders()::put);
        }
        direct.write(last, content, callback);
    }

    /** Gives the head to the wrapper. Its stream comes last: a wrapper may decide by the fields what stream to give. */
    private void handOver() throws IOException {
        handedOver = true;
        wrapper.setStatus(status);
        String length = null;
        for (HttpField field : fields) {
            HttpHeader header = field.getHeader();
            if (header == HttpHeader.CONTENT_LENGTH) {
                length = field.getValue();
            } else if (header == HttpHeader.SERVER || header == HttpHeader.DATE) {
                wrapper.setHeader(field.getName(), field.getValue());
            } else if (header == HttpHeader.CONTENT_TYPE) {
                wrapper.setContentType(field.getValue());
            } else if (header != HttpHeader.TRANSFER_ENCODING) {
                wrapper.addHeader(field.getName(), field.getValue());
            }
        }
        stream = wrapper.getOutputStream();
        if (length != null && stream == beneath.getServletApiResponse().getOutputStream()) {
            // Where a filter changes the content, the length is no longer the upstream's to say.
            wrapper.setContentLengthLong(Long.parseLong(length));
        } else if (mayHaveContent() && http1()) {
            // Beneath the wrapper: a client that asked for Connection: close must see where the content ends, too.
            getWrapped().getHeaders().put(HttpHeader.TRANSFER_ENCODING, "chunked");
        }
    }
}
