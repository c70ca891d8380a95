package io.jettylb.proxy;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;

/**
 * The content of a request of which everything was read and kept, for an attempt beside another one: it depends on neither
 * that one nor the client. Used by one thread at a time.
 */
final class KeptContent implements AttemptContent {

    private final ByteBuffer content;
    private final long length;
    private volatile boolean complete;
    private volatile boolean over;

    /**
     * Takes the content.
     *
     * @param content all of it; not changed any more
     * @param length its length as the client has stated it; -1 if it has not
     */
    KeptContent(ByteBuffer content, long length) {
        this.content = content;
        this.length = length;
    }

    @Override
    public boolean isComplete() {
        return complete;
    }

    @Override
    public void close() {
        over = true;
    }

    @Override
    public long getLength() {
        return length;
    }

    @Override
    public Content.Chunk read() {
        if (over) {
            return Content.Chunk.from(new IllegalStateException("attempt is over"), true);
        }
        if (complete) {
            return Content.Chunk.EOF;
        }
        complete = true;
        return Content.Chunk.from(content.slice(), true);
    }

    @Override
    public void demand(Runnable demandCallback) {
        demandCallback.run();
    }

    @Override
    public void fail(Throwable failure) {
        close();
    }
}
