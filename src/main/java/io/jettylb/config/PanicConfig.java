package io.jettylb.config;

/**
 * What happens when too few upstreams of a pool may get requests.
 *
 * @param threshold panic begins when a smaller part than this may, 0 to 1; 0: never
 * @param mode what happens then
 */
public record PanicConfig(double threshold, Mode mode) {

    /** What to do in a panic. */
    public enum Mode {
        /** Ask all of them: many wrong guesses are more likely than many dead upstreams. */
        IGNORE_HEALTH("ignore-health"),
        /** Ask nobody: the few that are left shall not be buried. */
        FAIL("fail");

        private final String text;

        Mode(String text) {
            this.text = text;
        }

        /**
         * As written in the configuration.
         *
         * @return the word
         */
        public String text() {
            return text;
        }
    }

    /** No panic. */
    public static final PanicConfig OFF = new PanicConfig(0, Mode.IGNORE_HEALTH);
}
