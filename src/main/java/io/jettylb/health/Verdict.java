package io.jettylb.health;

/** What the response to a request says about the upstream that gave it. */
public enum Verdict {
    /** It is well. */
    SUCCESS,
    /** Something is wrong, with the upstream or with this request: it counts where many requests are looked at. */
    ERROR,
    /** It could not do its work. */
    FAILURE;

    /**
     * Judges a status.
     *
     * @param status of a response
     * @return failure for 502, 503 and 504, error for 500; all others are answers, even 501 and 505
     */
    public static Verdict of(int status) {
        return switch (status) {
            case 500 -> ERROR;
            case 502, 503, 504 -> FAILURE;
            default -> SUCCESS;
        };
    }
}
