package io.jettylb.servlet;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;

/**
 * A request whose content comes from a filter's stream, which blocks: it is read by the servlet's thread when there is
 * demand. Its length is unknown, whatever the client said of the content before the filter.
 */
final class BlockingContent extends Request.Wrapper {

    private static final int BUFFER = 16 * 1024;

    private final InputStream stream;
    private final Executor servletThread;
    private volatile Content.Chunk next;

    BlockingContent(WrappedRequest request, Executor servletThread) {
        super(request);
        this.stream = request.replacedContent();
        this.servletThread = servletThread;
        // Whether there is any content decides how the request is sent; this thread may wait for it.
        this.next = readBlocking();
    }

    @Override
    public long getLength() {
        Content.Chunk first = next;
        boolean none = first != null && first.isLast() && !Content.Chunk.isFailure(first);
        if (none) {
            return 0;
        }
        boolean chunks = getConnectionMetaData().getHttpVersion() != HttpVersion.HTTP_1_0;
        return chunks ? -1 : getWrapped().getLength();
    }

    /** What the client sends only if it is asked has been asked for. */
    @Override
    public HttpFields getHeaders() {
        HttpFields fields = getWrapped().getHeaders();
        return fields.contains(HttpHeader.EXPECT) ? HttpFields.build(fields).remove(HttpHeader.EXPECT) : fields;
    }

    @Override
    public Content.Chunk read() {
        Content.Chunk chunk = next;
        next = Content.Chunk.next(chunk);
        return chunk;
    }

    @Override
    public void demand(Runnable demandCallback) {
        servletThread.execute(() -> {
            if (next == null) {
                next = readBlocking();
            }
            demandCallback.run();
        });
    }

    private Content.Chunk readBlocking() {
        try {
            byte[] bytes = new byte[BUFFER];
            int count = stream.read(bytes);
            return count < 0 ? Content.Chunk.EOF : Content.Chunk.from(ByteBuffer.wrap(bytes, 0, count), false);
        } catch (Throwable failure) {
            return Content.Chunk.from(BlockingExchange.asFailure(failure), true);
        }
    }
}
