package io.jettylb.proxy;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;

/** How attempts are sent. Hides the client behind it from everything that decides. */
interface Transport {

    /**
     * Puts together what one attempt sends. From here on nothing of the client's request is asked for but its content.
     *
     * @param attempt what to send and whom to tell
     * @return to be started
     */
    Sending prepare(Attempt attempt);

    /** Whether an upstream can be asked to switch to another protocol on its connection. */
    boolean canUpgrade();

    /** An attempt on its way. */
    interface Sending {
        /** Sends it. Returns at once; events may come before it returns. Called once, and before everything else. */
        void start();

        /**
         * Ends it as soon as possible; {@link Attempt#onComplete} follows if it has not come yet.
         *
         * @param cause reported as the failure of the attempt
         */
        void cancel(Throwable cause);

        /** Sends the content of a request that has asked for a 100 first; nothing, if it is being sent already. */
        void proceed();

        /** No more of the request is there for now: what has been sent of it shall be of use. Called by its reader. */
        void paused();

        /** The trailer fields of the response, known with its last chunk; null if there are none. */
        HttpFields trailers();

        /**
         * Whether the end of the content was no end but a broken connection.
         *
         * @return of use while the last chunk is being read
         */
        boolean isCut();
    }

    /** What an attempt learns, in this order, each at most once but for progress and interim responses, {@link #onComplete} exactly once and last. */
    interface Events {

        /**
         * From here on the upstream may have got bytes of the request.
         *
         * @param handle the same that {@link Transport#prepare} returned
         * @param reusedConnection whether the connection has carried an exchange before
         */
        void onSending(Sending handle, boolean reusedConnection);

        /**
         * The connection ended before anything could be sent; instead of {@link #onSending}.
         *
         * @param reusedConnection whether the connection has carried an exchange before
         */
        void onLost(boolean reusedConnection);

        /** A part of the request was taken by the network. */
        void onProgress();

        /** The whole request was taken by the network. */
        void onSent();

        /**
         * An interim response is here: any 1xx but 101. May come several times.
         *
         * @param status the status
         * @param fields its fields
         */
        void onInterim(int status, HttpFields fields);

        /**
         * The head of the final response is here.
         *
         * @param status the status
         * @param fields the fields, as parsed and nothing more
         */
        void onResponse(int status, HttpFields fields);

        /**
         * The content of the response may be read; called after {@link #onResponse}, serially with the demand callbacks.
         *
         * @param content to be read to its end
         */
        void onContent(Content.Source content);

        /**
         * The upstream has switched protocols (101): in place of {@link #onResponse} and {@link #onContent}.
         *
         * @param fields the fields of its response
         * @param upstream the connection, which belongs to the attempt from here on
         */
        void onUpgraded(HttpFields fields, EndPoint upstream);

        /**
         * The attempt is over and the transport touches neither request nor content any more.
         *
         * @param failure why it failed, or null; an {@link UpstreamResetException} if the connection lives on
         */
        void onComplete(Throwable failure);
    }
}
