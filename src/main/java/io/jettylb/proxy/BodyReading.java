package io.jettylb.proxy;

import java.nio.ByteBuffer;
import org.eclipse.jetty.io.Content;

/**
 * The content of a request as one attempt reads it: what was kept of it first, then what the client sends. Whoever reads
 * on when the attempt is over gets nothing, so that no byte is missing from the next one. Used by one thread at a time.
 */
final class BodyReading implements AttemptContent {

    private final RequestBody body;
    private int position;
    private volatile boolean complete;
    private volatile boolean over;

    BodyReading(RequestBody body) {
        this.body = body;
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
        return body.length();
    }

    @Override
    public Content.Chunk read() {
        if (over) {
            return Content.Chunk.from(new IllegalStateException("attempt is over"), true);
        }
        ByteBuffer again = body.kept(position);
        if (again != null) {
            position += again.remaining();
            complete = body.isRead();
            return Content.Chunk.from(again, body.isEnded());
        }
        if (body.isEnded()) {
            complete = true;
            return Content.Chunk.EOF;
        }
        Content.Chunk chunk = body.read();
        position = body.keptBytes();
        complete = body.isRead();
        return chunk;
    }

    @Override
    public void demand(Runnable demandCallback) {
        if (over) {
            demandCallback.run();
        } else {
            body.demand(demandCallback);
        }
    }

    @Override
    public void fail(Throwable failure) {
        // A failed attempt is not the end of the client's request: the exchange decides what becomes of it.
        close();
    }
}
